# Sourced by the long tests that want a machine with nothing on it: a Debian 12 made by debootstrap, reached with this machine's own
# package and pip settings. What is committed is tried, without the shared folder.
# bare_tree WHAT [DIR]: makes it in DIR, which is kept, and used again if it stands there; without DIR in a folder that goes away.
set -u
suite=bookworm
failed=0
net=
ok() { echo "ok - $1"; }
not_ok() {
    echo "not ok - $1"
    [ $# -gt 1 ] && printf '%s\n' "$2" | tail -n 150 | sed 's/^/  /'
    failed=1
}

# Settings by which packages are reached from here: sources, proxies, certificates
copy_settings() {
    local f
    rm -f "$tree"/etc/apt/sources.list "$tree"/etc/apt/sources.list.d/*
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources /etc/apt/trusted.gpg.d/* \
        /etc/apt/keyrings/* /usr/share/keyrings/* /usr/local/share/ca-certificates/* /etc/ssl/certs/ca-certificates.crt \
        /etc/pip.conf /etc/resolv.conf /etc/hosts; do
        [ -f "$f" ] && install -D -m 644 "$f" "$tree$f"
    done
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets' >"$tree/etc/apt/apt.conf.d/90machine"
    [ -f ~/.config/pip/pip.conf ] && install -D -m 644 ~/.config/pip/pip.conf "$tree/root/.config/pip/pip.conf"
    return 0
}

# inside USER COMMAND: in the tree, with its own mounts, nothing of this environment but how packages are reached; output in $log
inside() {
    local user=$1 name keep=()
    for name in ${!PIP_CERT@} ${!PIP_INDEX_URL@} ${!PIP_EXTRA_INDEX_URL@} ${!PIP_TRUSTED_HOST@} ${!PIP_PROXY@} ${!PIP_DEFAULT_TIMEOUT@} \
        ${!http_proxy@} ${!https_proxy@} ${!no_proxy@} ${!HTTP_PROXY@} ${!HTTPS_PROXY@} ${!NO_PROXY@} ${!SSL_CERT_@} ${!REQUESTS_CA_BUNDLE@}; do
        keep+=("$name=${!name}")
    done
    started=$SECONDS
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm "${keep[@]}" \
        unshare -m $net sh -c 'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$1" \
        su "$2" -s /bin/sh -c "cd ~/huse-tui 2>/dev/null || cd; $3"' sh "$tree" "$user" "$2" </dev/null >"$log" 2>&1
    code=$?
    seconds=$((SECONDS - started))
}

# expect CODE NAME: the last command's exit code, with its time
expect() {
    if [ $code = "$1" ]; then ok "$2"; else not_ok "$2" "exit $code: $(cat "$log")"; fi
    echo "# $seconds s, $(wc -l <"$log") lines"
}
says() { if grep -qF -- "$1" "$log"; then ok "$2"; else not_ok "$2" "no “$1” in: $(cat "$log")"; fi; }
at_most() { if [ "$1" -le "$2" ]; then ok "$3"; else not_ok "$3" "$1, not at most $2: $(cat "$log")"; fi; }

bare_tree() {
    local what=$1 mirror why=
    mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sed -n "s/^$suite //p" | head -n 1)
    [ -n "$mirror" ] || why="no $suite in this machine's apt sources"
    git rev-parse -q --verify HEAD >/dev/null 2>&1 || why="no git clone"
    unshare -m true 2>/dev/null || why="no mount namespaces"
    command -v debootstrap >/dev/null || why="no debootstrap"
    [ "$(id -u)" = 0 ] || why="not root"
    [ -z "$why" ] || { echo "skip - $what ($why)"; exit 0; }
    log=$(mktemp)
    if [ $# -gt 1 ]; then
        tree=$2
        trap 'rm -f "$log"' EXIT
    else
        tree=$(mktemp -d) && chmod 755 "$tree" # it becomes / for others, too
        trap 'rm -rf --one-file-system "$tree" "$log"' EXIT
    fi
    [ -x "$tree/usr/bin/git" ] && return
    if ! debootstrap --variant=minbase "$suite" "$tree" "$mirror" >"$log" 2>&1; then
        not_ok "debootstrap makes a tree" "$(cat "$log")"
        exit 1
    fi
    copy_settings
    inside root 'apt-get update -q && apt-get install -y -q --no-install-recommends git make && useradd -m person'
    [ $code = 0 ] && ok "a bare tree with git and make" || { not_ok "a bare tree with git and make" "$(cat "$log")"; exit 1; }
}

# bare_clone USER...: each gets what is committed as ~/huse-tui
bare_clone() {
    local user
    git bundle create -q "$tree/tmp/huse-tui.bundle" HEAD && chmod 644 "$tree/tmp/huse-tui.bundle"
    for user; do
        inside "$user" 'cd; rm -rf huse-tui; git clone -q /tmp/huse-tui.bundle huse-tui'
        [ $code = 0 ] || not_ok "$user clones" "$(cat "$log")"
    done
}
