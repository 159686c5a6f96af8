/* Builds the demo's catalogue from Debian packages: a PNG of each emoji (Noto Color Emoji, on white), its group and subgroup
 * (Unicode's emoji-test.txt) as class path, its English name and keywords (CLDR) as text.
 * Usage: huse-demo-emoji DIR   writes DIR/emoji.csv and DIR/images/. */
#include <errno.h>
#include <expat.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb-ft.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

static const char FONT[] = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
static const char EMOJI_TEST[] = "/usr/share/unicode/emoji/emoji-test.txt";
static const char *const ANNOTATIONS[] = {"/usr/share/unicode/cldr/common/annotations/en.xml",
                                          "/usr/share/unicode/cldr/common/annotationsDerived/en.xml"};
enum { MAX_POINTS = 16, MAX_WORDS = 32768, WIDTH = 136, HEIGHT = 128, STRIKE_PPEM = 109 };

__attribute__((format(printf, 1, 2))) static _Noreturn void die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("huse-demo-emoji: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

/* ---- CLDR: name and keywords by the emoji's characters without U+FE0F ---- */

typedef struct words {
    char key[MAX_POINTS * 4 + 1];
    char name[128], keywords[512];
} words;

static words  table[MAX_WORDS];
static size_t n_table;

static void strip_selectors(char *out, size_t cap, const char *s)
{
    size_t n = 0;
    for (; *s && n + 1 < cap; s++) {
        if (strncmp(s, "\xEF\xB8\x8F", 3) == 0) {
            s += 2;
            continue;
        }
        out[n++] = *s;
    }
    out[n] = '\0';
}

static words *lookup(const char *emoji, bool add)
{
    char key[sizeof table[0].key];
    strip_selectors(key, sizeof key, emoji);
    for (size_t i = n_table; i-- > 0;)
        if (strcmp(table[i].key, key) == 0)
            return &table[i];
    if (!add || n_table == MAX_WORDS)
        return NULL;
    memcpy(table[n_table].key, key, sizeof key);
    return &table[n_table++];
}

typedef struct xml_state {
    char   cp[64], text[1024];
    size_t n;
    bool   inside, name;
} xml_state;

static void XMLCALL xml_start(void *ctx, const XML_Char *element, const XML_Char **attr)
{
    xml_state *s = ctx;
    s->inside = strcmp(element, "annotation") == 0;
    s->name = false;
    s->n = 0;
    s->cp[0] = '\0';
    for (; s->inside && attr[0]; attr += 2) {
        if (strcmp(attr[0], "cp") == 0)
            snprintf(s->cp, sizeof s->cp, "%s", attr[1]);
        else if (strcmp(attr[0], "type") == 0)
            s->name = strcmp(attr[1], "tts") == 0;
    }
}

static void XMLCALL xml_text(void *ctx, const XML_Char *text, int n)
{
    xml_state *s = ctx;
    size_t     room = sizeof s->text - 1 - s->n, take = (size_t)n < room ? (size_t)n : room;
    if (s->inside) {
        memcpy(s->text + s->n, text, take);
        s->n += take;
    }
}

/* "face | grin | grinning face" → "face, grin, grinning face" */
static void set_keywords(words *w, const char *text)
{
    size_t n = 0;
    for (const char *c = text; *c && n + 3 < sizeof w->keywords; c++) {
        if (strncmp(c, " | ", 3) == 0) {
            w->keywords[n++] = ',';
            w->keywords[n++] = ' ';
            c += 2;
        } else {
            w->keywords[n++] = *c;
        }
    }
    w->keywords[n] = '\0';
}

static void XMLCALL xml_end(void *ctx, const XML_Char *element)
{
    xml_state *s = ctx;
    if (!s->inside || strcmp(element, "annotation") != 0)
        return;
    s->inside = false;
    s->text[s->n] = '\0';
    words *w = lookup(s->cp, true);
    if (w && s->name)
        snprintf(w->name, sizeof w->name, "%.127s", s->text);
    else if (w)
        set_keywords(w, s->text);
}

static void read_annotations(const char *path)
{
    char       piece[65536];
    xml_state  state = {0};
    FILE      *f = fopen(path, "rb");
    XML_Parser p = XML_ParserCreate(NULL);
    if (!f)
        die("%s: %s (package unicode-cldr-core)", path, strerror(errno));
    XML_SetUserData(p, &state);
    XML_SetElementHandler(p, xml_start, xml_end);
    XML_SetCharacterDataHandler(p, xml_text);
    for (size_t n = 1; n;) {
        n = fread(piece, 1, sizeof piece, f);
        if (XML_Parse(p, piece, (int)n, n == 0) == XML_STATUS_ERROR)
            die("%s: line %lu: %s", path, (unsigned long)XML_GetCurrentLineNumber(p),
                XML_ErrorString(XML_GetErrorCode(p)));
    }
    XML_ParserFree(p);
    fclose(f);
}

/* ---- pictures ---- */

typedef struct font {
    FT_Library   library;
    FT_Face      face;
    hb_font_t   *shaper;
    hb_buffer_t *buffer;
} font;

static void open_font(font *f)
{
    if (FT_Init_FreeType(&f->library) || FT_New_Face(f->library, FONT, 0, &f->face))
        die("%s cannot be opened (package fonts-noto-color-emoji)", FONT);
    if (!f->face->num_fixed_sizes || FT_Select_Size(f->face, 0) || f->face->size->metrics.y_ppem != STRIKE_PPEM)
        die("%s has no %d-pixel bitmap strike", FONT, STRIKE_PPEM);
    f->shaper = hb_ft_font_create_referenced(f->face);
    f->buffer = hb_buffer_create();
}

/* The one glyph that a sequence is shaped to, or 0. */
static hb_codepoint_t one_glyph(font *f, const uint32_t *point, int n)
{
    unsigned         count;
    hb_codepoint_t   glyph = 0;
    hb_glyph_info_t *info;
    hb_buffer_clear_contents(f->buffer);
    hb_buffer_add_utf32(f->buffer, point, n, 0, n);
    hb_buffer_guess_segment_properties(f->buffer);
    hb_shape(f->shaper, f->buffer, NULL, 0);
    info = hb_buffer_get_glyph_infos(f->buffer, &count);
    for (unsigned i = 0, seen = 0; i < count; i++) {
        if (hb_buffer_get_glyph_positions(f->buffer, NULL)[i].x_advance == 0)
            continue; /* an invisible selector */
        glyph = seen++ ? 0 : info[i].codepoint;
        if (seen > 1)
            break;
    }
    return glyph;
}

/* The glyph's premultiplied BGRA over white, centred in a WIDTH × HEIGHT picture. */
static bool write_picture(const font *f, hb_codepoint_t glyph, const char *path)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    if (FT_Load_Glyph(f->face, glyph, FT_LOAD_COLOR | FT_LOAD_RENDER))
        return false;
    const FT_Bitmap *b = &f->face->glyph->bitmap;
    if (b->pixel_mode != FT_PIXEL_MODE_BGRA || b->width > WIDTH || b->rows > HEIGHT)
        return false;
    memset(rgb, 255, sizeof rgb);
    unsigned left = (WIDTH - b->width) / 2, top = (HEIGHT - b->rows) / 2;
    for (unsigned y = 0; y < b->rows; y++)
        for (unsigned x = 0; x < b->width; x++) {
            const uint8_t *s = b->buffer + (size_t)y * (size_t)b->pitch + (size_t)x * 4;
            uint8_t       *d = rgb + ((size_t)(top + y) * WIDTH + left + x) * 3;
            for (int c = 0; c < 3; c++)
                d[c] = (uint8_t)(s[2 - c] + 255 - s[3]);
        }
    return stbi_write_png(path, WIDTH, HEIGHT, 3, rgb, WIDTH * 3) != 0;
}

/* ---- emoji-test.txt ---- */

static int parse_points(const char *line, uint32_t point[MAX_POINTS])
{
    int n = 0;
    for (char *end; n < MAX_POINTS; line = end) {
        unsigned long v = strtoul(line, &end, 16);
        if (end == line)
            break;
        point[n++] = (uint32_t)v;
    }
    return n;
}

static bool has_skin_tone(const uint32_t *point, int n)
{
    for (int i = 0; i < n; i++)
        if (point[i] >= 0x1F3FB && point[i] <= 0x1F3FF)
            return true;
    return false;
}

static void csv_field(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s; s++) {
        if (*s == '"')
            fputc('"', out);
        fputc(*s, out);
    }
    fputc('"', out);
}

typedef struct place {
    char group[64], subgroup[64];
} place;

/* One fully-qualified line: picture and row, if it has one glyph. The name is CLDR's, else the line's own. */
static bool add_emoji(font *f, const char *line, const place *at, const char *dir, FILE *csv)
{
    uint32_t    point[MAX_POINTS];
    char        emoji[64] = "", id[128] = "", path[4096];
    int         n = parse_points(line, point);
    const char *hash = strchr(line, '#');
    int         at_name = 0;
    if (!hash || !n || has_skin_tone(point, n) || sscanf(hash + 1, " %63s E%*s %n", emoji, &at_name) != 1 || !at_name)
        return false;
    const words   *w = lookup(emoji, false);
    const char    *name = w && w->name[0] ? w->name : hash + 1 + at_name;
    hb_codepoint_t glyph = one_glyph(f, point, n);
    if (!glyph)
        return false;
    for (int i = 0, k = 0; i < n; i++)
        k += snprintf(id + k, sizeof id - (size_t)k, i ? "-%04X" : "%04X", point[i]);
    snprintf(path, sizeof path, "%s/images/%s.png", dir, id);
    if (!write_picture(f, glyph, path))
        return false;
    fprintf(csv, "%s,images/%s.png,", id, id);
    char text[1024];
    bool more = w && w->keywords[0];
    snprintf(text, sizeof text, "%.255s%s%s", name, more ? ". " : "", more ? w->keywords : "");
    csv_field(csv, text);
    fputc(',', csv);
    snprintf(text, sizeof text, "%s/%s", at->group, at->subgroup);
    csv_field(csv, text);
    fputc('\n', csv);
    return true;
}

static size_t add_all(font *f, const char *dir, FILE *csv)
{
    char   line[1024];
    size_t n = 0;
    place  at = {"", ""};
    FILE  *in = fopen(EMOJI_TEST, "r");
    if (!in)
        die("%s: %s (package unicode-data)", EMOJI_TEST, strerror(errno));
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "# group: ", 9) == 0)
            snprintf(at.group, sizeof at.group, "%.63s", line + 9);
        else if (strncmp(line, "# subgroup: ", 12) == 0)
            snprintf(at.subgroup, sizeof at.subgroup, "%.63s", line + 12);
        else if (strstr(line, "; fully-qualified "))
            n += add_emoji(f, line, &at, dir, csv);
    }
    fclose(in);
    return n;
}

int main(int argc, char **argv)
{
    char path[4096];
    font f;
    if (argc != 2 || strlen(argv[1]) > 3800)
        die("usage: huse-demo-emoji DIR");
    snprintf(path, sizeof path, "%s/images", argv[1]);
    if ((mkdir(argv[1], 0777) && errno != EEXIST) || (mkdir(path, 0777) && errno != EEXIST))
        die("%s: %s", path, strerror(errno));
    snprintf(path, sizeof path, "%s/emoji.csv", argv[1]);
    FILE *csv = fopen(path, "w");
    if (!csv)
        die("%s: %s", path, strerror(errno));
    for (size_t i = 0; i < sizeof ANNOTATIONS / sizeof *ANNOTATIONS; i++)
        read_annotations(ANNOTATIONS[i]);
    open_font(&f);
    fputs("id,image,text,class\n", csv);
    size_t n = add_all(&f, argv[1], csv);
    if (fclose(csv) || !n)
        die("%s: %s", path, n ? strerror(errno) : "no emoji found");
    printf("%zu\n", n);
    return 0;
}
