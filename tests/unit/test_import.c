/* Importers: what they take, what they refuse and where they say the fault is, and that a refused
 * source changes nothing. */
#include "data_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#include "data/source.h"

static const huse_item *item_of(const huse_items *items, const char *id)
{
    ptrdiff_t i = huse_items_find(items, id);
    if (i < 0)
        fail_msg("no item \"%s\"", id);
    return &items->item[i];
}

static const char *class_of(const huse_items *items, const char *id)
{
    int32_t c = item_of(items, id)->cls;
    return c < 0 ? "" : items->class_path[c];
}

static const char *picture_of(const huse_items *items, const char *id, uint32_t n)
{
    const huse_item *x = item_of(items, id);
    assert_true(n < x->n_pictures);
    return items->picture[x->picture + n].path;
}

static void csv_fields_arrive_as_written(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv",
                 "\xEF\xBB\xBFid,image,text,class,split\r\n"
                 "1,a.jpg,\"red, \"\"big\"\"\r\nshirt\",A/B,train\r\n"
                 "2,,plain,A / C,\r\n"
                 "3,c.jpg,\"\",,valid\r\n"
                 "\r\n"
                 "4,\"d.jpg\", spaced ,\"A\",test",
                 NULL));
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 4);
    assert_string_equal(item_of(x, "1")->text, "red, \"big\"\r\nshirt");
    assert_string_equal(class_of(x, "1"), "A/B");
    assert_int_equal(item_of(x, "1")->split, HUSE_SPLIT_TRAIN);
    assert_string_equal(class_of(x, "2"), "A/C");
    assert_int_equal(item_of(x, "2")->n_pictures, 0);
    assert_null(item_of(x, "3")->text);
    assert_string_equal(class_of(x, "3"), "");
    assert_int_equal(item_of(x, "3")->split, HUSE_SPLIT_VAL);
    assert_string_equal(item_of(x, "4")->text, " spaced ");
    assert_string_equal(class_of(x, "4"), "A");
    assert_string_equal(picture_of(x, "4", 0), "d.jpg");
    assert_string_equal(x->picture[0].root, f->dir);
    assert_int_equal(f->report.rows, 4);
    assert_int_equal(f->report.added, 4);
    assert_int_equal(f->report.pictures, 3);
    assert_int_equal(f->report.without_image, 1);
    assert_int_equal(f->report.without_text, 1);
    assert_int_equal(f->report.without_class, 1);
    huse_items_free(x);
}

static void escape_bytes_and_odd_unicode_are_data(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,text,class\ne,\"\x1b[2J\x1b]52;c;aGk=\x07\",A/\x1b[31mred\n",
                 NULL));
    huse_items *x = fx_load(f);
    assert_string_equal(item_of(x, "e")->text, "\x1b[2J\x1b]52;c;aGk=\x07");
    assert_string_equal(class_of(x, "e"), "A/\x1b[31mred");
    huse_items_free(x);
}

static const struct {
    const char *csv, *says;
} refused[] = {
    {"", "is empty"},
    {"\n\n", "is empty"},
    {"id,text\n", "holds no items"},
    {"id,text\n1,a,b\n", ":2:5: 3 fields where the header has 2"},
    {"id,text,class\n1,a\n", ":2:3: 2 fields where the header has 3"},
    {"id,text\n1,\"a\n2,b\n", ":2:3: a quote that is never closed"},
    {"id,text\n1,\"a\"b\n", ":2:6: a closing quote"},
    {"id,text\n1,\"a\n2,\"b\"\n", ":2:3: a quote whose closing one, 1 line on"},
    {"id,text\n1,a\"b\n", ":2:4: a quote inside a field"},
    {"id,text\n1, \"a\"\n", ":2:4: a quote inside a field"},
    {"id,text\n1,a\rb\n", ":2:4: a carriage return"},
    {"id,text\n1,\xC3\xA9\xFF\n", ":2:4: byte 0xFF is not UTF-8"},
    {"id,text\n1,\xED\xA0\x80\n", ":2:3: byte 0xED is not UTF-8"},
    {"id,text\n1,\xC0\x9B\n", ":2:3: byte 0xC0 is not UTF-8"},
    {"id,text\n1,\"line\nline\xC3\n", ":2:3: a quote that is never closed"},
    {"id,text\n1,\"line\nli\xC3\"\n", ":3:3: byte 0xC3"},
    {"id,id,text\n1,2,a\n", ":1:4: the header names the column \"id\" twice"},
    {"name,text\n1,a\n", "names no id and no image column; the columns are name, text"},
    {"id,text\n,a\n", ":2:1: a row without an id"},
    {"id,text\n1,a\n  ,b\n", ":3:1: a row without an id"},
    {"id,text\n\"a\nb\",c\n", ":2:1: an id with a line break"},
    {"id,split\n1,training\n", ":2:3: unknown split \"training\""},
    {"id,class\n1,A//B\n", ":2:3: a class path with an empty part"},
    {"id,class\n1,/A\n", ":2:3: a class path with an empty part"},
    {"id,class\n1,A/ /B\n", ":2:3: a class path with an empty part"},
    {"id,text\n1,a\n1,b\n",
     ":3:3: one id with two texts: id \"1\" has another in its row in line 2"},
    {"id,text\n1,a\n1,\n", ":3:3: one id with two texts: id \"1\" has one in its row in line 2"},
    {"id,class\n1,A\n1,B\n", ":3:3: one id with two classes"},
    {"id,split\n1,train\n1,test\n", ":3:3: one id with two splits"},
    {"id,image,text\n1,a.jpg,x\n1,b.jpg,y\n", ":3:9: one id with two texts"},
    {"\xFF\xFEi\0d\0", "UTF-16"},
};

static void every_fault_names_its_line_and_column_and_changes_nothing(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "first.csv", "id,text,class\nkeep,me,A\n", NULL));
    for (size_t i = 0; i < HUSE_COUNT(refused); i++) {
        assert_int_equal(fx_import(f, "c.csv", refused[i].csv, NULL), HUSE_BAD_DATA);
        FX_SAYS(f, refused[i].says);
        FX_SAYS(f, "c.csv");
        assert_int_equal(f->err.status, HUSE_BAD_DATA);
        assert_int_equal(fx_count(f), 1);
    }
}

static void a_nul_is_refused_anywhere(void **state)
{
    fixture *f = *state;
    fx_write(f, "c.csv", "id,text\n1,a\0b\n", 14);
    assert_int_equal(fx_import_with(f, "c.csv", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, ":2:4: a NUL byte");
    fx_write(f, "d.csv", "id,te\0xt\n1,ab\n", 14);
    assert_int_equal(fx_import_with(f, "d.csv", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, ":1:6: a NUL byte");
    fx_write(f, "e.jsonl", "{\"id\":\"1\"}\n{\"id\":\"2\0\"}\n", 22);
    assert_int_equal(fx_import_with(f, "e.jsonl", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, ":2:9: a NUL byte");
}

/* @n bytes of @c between two texts, as a file. */
static void write_long(const fixture *f, const char *name, const char *before, size_t n, char c,
                       const char *after)
{
    huse_buf b = {0};
    huse_buf_str(&b, before);
    for (size_t i = 0; i < n; i++)
        huse_buf_add(&b, &c, 1);
    huse_buf_str(&b, after);
    fx_write(f, name, b.data, b.len);
    huse_buf_free(&b);
}

static void sizes_are_capped(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *name, *before;
        size_t n;
        char c;
        const char *after, *says;
    } row[] = {
        {"a.csv", "id,text\n1,", (1 << 20) + 1, 'x', "\n", ":2:3: a field of more than 1 MiB"},
        {"b.csv", "id,text\n1,\"", (3 << 20), 'x', "\"\n", ":2:3: a field of more than 1 MiB"},
        {"c.csv", "id,text\n1,", 5000, ',', "\n", ":2:4098: a row of more than 4,096 fields"},
        {"d.csv", "id,text\n", 1025, 'x', ",a\n", ":2:1: an id of more than 1,024 bytes"},
        {"e.csv", "id,class\n1,", 256, 'x', "\n", ":2:3: a class name of more than 255 bytes"},
        {"f.csv", "id,class\n1,A/B/C/D/E/F/G/H/I/J/K/L/M/N/O/P/Q/R/S/T/U/V/W/X/Y/Z/a/b/c/d/e/f/", 1,
         'g', "\n", "a class path of more than 32 parts"},
        {"g.csv", "id,image\n1,", 8193, 'x', "\n",
         ":2:3: a picture's path of more than 8,192 bytes"},
        {"h.jsonl", "{\"id\":\"1\",\"text\":\"", (1 << 20) + 1, 'x', "\"}\n",
         ":1:18: text of more than 1 MiB"},
        {"i.jsonl", "{\"id\":\"1\",\"note\":\"", (8 << 20) + 1, 'x', "\"}\n",
         ":1:1: a line of more than 8 MiB"},
        {"j.jsonl", "{\"id\":\"1\",\"note\":", 32, '[', "\n",
         ":1:49: brackets nested deeper than 32"},
    };
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        write_long(f, row[i].name, row[i].before, row[i].n, row[i].c, row[i].after);
        assert_int_equal(fx_import_with(f, row[i].name, NULL), HUSE_BAD_DATA);
        FX_SAYS(f, row[i].says);
    }
    write_long(f, "ok.csv", "id,text\n1,", 1 << 20, 'x', "\n");
    OK(fx_import_with(f, "ok.csv", NULL));
    write_long(f, "ok2.csv", "id,text\n2,\"", (1 << 20) - 1, '\n', "\"\n3,after\n");
    OK(fx_import_with(f, "ok2.csv", NULL));
    assert_int_equal(fx_count(f), 3);
}

static void several_pictures_make_one_item(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,image,text\n1,a.jpg | b.jpg|,x\n2,z.jpg,y\n1,c.jpg,x\n1,a.jpg,x\n",
                 NULL));
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 2);
    assert_int_equal(item_of(x, "1")->n_pictures, 3);
    assert_string_equal(picture_of(x, "1", 0), "a.jpg");
    assert_string_equal(picture_of(x, "1", 1), "b.jpg");
    assert_string_equal(picture_of(x, "1", 2), "c.jpg");
    assert_string_equal(picture_of(x, "2", 0), "z.jpg");
    huse_items_free(x);
}

static void
pictures_with_dots_addresses_and_absolute_paths_are_kept_for_embed_to_judge(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv",
                 "id,image\n1,../../etc/passwd\n2,/etc/passwd\n3,https://example.org/a.jpg\n",
                 NULL));
    huse_items *x = fx_load(f);
    assert_string_equal(picture_of(x, "1", 0), "../../etc/passwd");
    assert_string_equal(picture_of(x, "2", 0), "/etc/passwd");
    assert_string_equal(picture_of(x, "3", 0), "https://example.org/a.jpg");
    huse_items_free(x);
}

static void columns_map_and_slips_are_named(void **state)
{
    fixture *f = *state;
    const char *csv = "sku,photo,title,category,fold,price\n7,p.jpg,Hat,A/B,dev,9\n";
    huse_import_options opt = {.columns =
                                   "id=sku,image=photo,text=title,class=category,split=fold"};
    OK(fx_import(f, "c.csv", csv, &opt));
    huse_items *x = fx_load(f);
    assert_string_equal(item_of(x, "7")->text, "Hat");
    assert_string_equal(class_of(x, "7"), "A/B");
    assert_int_equal(item_of(x, "7")->split, HUSE_SPLIT_VAL);
    huse_items_free(x);
    opt.columns = "id=skv";
    assert_int_equal(fx_import(f, "c.csv", csv, &opt), HUSE_BAD_DATA);
    FX_SAYS(f, "there is no column \"skv\", did you mean \"sku\"");
    opt.columns = "id=sku,txet=title";
    assert_int_equal(fx_import(f, "c.csv", csv, &opt), HUSE_USAGE);
    FX_SAYS(f, "did you mean text");
    opt.columns = "id=sku,id=photo";
    assert_int_equal(fx_import(f, "c.csv", csv, &opt), HUSE_USAGE);
    opt.columns = "sku";
    assert_int_equal(fx_import(f, "c.csv", csv, &opt), HUSE_USAGE);
    opt.columns = "id=";
    assert_int_equal(fx_import(f, "c.csv", csv, &opt), HUSE_USAGE);
    opt.columns = "id=sku,text=titel";
    assert_int_equal(fx_import(f, "c.jsonl", "{\"sku\":\"1\",\"title\":\"a\"}\n", &opt),
                     HUSE_BAD_DATA);
    FX_SAYS(f, "no object has a member \"titel\", did you mean \"title\"");
}

static void the_columns_of_an_export_are_found_by_the_names_they_have(void **state)
{
    fixture *f = *state;
    const char *shop = "Handle,Title,Product_Category,Price,Image Src\n"
                       "red,Red; shirt,Apparel > Shirts,3,a.jpg\n";
    OK(fx_import(f, "c.csv", shop, NULL));
    assert_string_equal(f->report.columns,
                        "id=Handle,image=Image Src,text=Title,class=Product_Category");
    assert_int_equal(f->report.classes, 1);
    /* a column of the field's own name comes first, and who names one is asked for all */
    OK(fx_import(f, "c.csv", "id,sku,title,category\nblue,9,B,C\n", NULL));
    assert_string_equal(f->report.columns, "text=title,class=category");
    huse_import_options opt = {.columns = "text=sku"};
    OK(fx_import(f, "c.csv", "id,sku,title,category\ngreen,9,B,C\n", &opt));
    assert_string_equal(f->report.columns, "");
    huse_items *x = fx_load(f);
    assert_string_equal(item_of(x, "red")->text, "Red; shirt");
    assert_string_equal(class_of(x, "red"), "Apparel/Shirts");
    assert_string_equal(picture_of(x, "red", 0), "a.jpg");
    assert_string_equal(item_of(x, "blue")->text, "B");
    assert_string_equal(item_of(x, "green")->text, "9");
    assert_string_equal(class_of(x, "green"), "");
    huse_items_free(x);
}

static void semicolons_or_tabs_part_fields_where_they_part_the_header(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "\xEF\xBB\xBFid;text;class\n1;\"a;b\"\"c\";D, E\n2;x;\n", NULL));
    OK(fx_import(f, "c.csv", "id\ttext\n3\ta;b\n", NULL));
    huse_items *x = fx_load(f);
    assert_string_equal(item_of(x, "1")->text, "a;b\"c");
    assert_string_equal(class_of(x, "1"), "D, E");
    assert_string_equal(item_of(x, "3")->text, "a;b");
    huse_items_free(x);
    assert_int_equal(fx_import(f, "c.csv", "id;text\n4;a;b\n", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, ":2:5: 3 fields where the header has 2");
}

static void without_an_id_column_the_picture_is_the_id(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "Image,Text\nx/a.jpg,one\nx/b.jpg,two\n", NULL));
    huse_items *x = fx_load(f);
    assert_string_equal(item_of(x, "x/b.jpg")->text, "two");
    huse_items_free(x);
    assert_int_equal(fx_import(f, "d.csv", "image,text\na.jpg,one\n,two\n", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, ":3:1: a row without an id");
}

static void importing_again_adds_updates_and_prunes(void **state)
{
    fixture *f = *state;
    huse_import_options prune = {.prune = true};
    OK(fx_import(f, "c.csv", "id,image,text,class\n1,a.jpg,x,A\n2,b.jpg,y,A\n3,c.jpg,z,B/C\n",
                 NULL));
    huse_items *before = fx_load(f);
    huse_picture_update u = {.rowid = before->picture[0].rowid,
                             .state = HUSE_PICTURE_OK,
                             .has_key = true,
                             .size = 9,
                             .mtime_ns = 8};
    OK(huse_catalogue_set_pictures(f->ws, &u, 1, &f->err));
    OK(fx_import_with(f, "c.csv", NULL));
    assert_int_equal(f->report.unchanged, 3);
    assert_int_equal(f->report.added + f->report.updated + f->report.removed, 0);
    OK(fx_import(f, "c.csv", "id,image,text,class\n4,d.jpg,w,A\n1,new.jpg|a.jpg,x,A\n2,b.jpg,y,A\n",
                 &prune));
    assert_int_equal(f->report.added, 1);
    assert_int_equal(f->report.updated, 1);
    assert_int_equal(f->report.unchanged, 1);
    assert_int_equal(f->report.removed, 1);
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 3);
    assert_int_equal(x->n_classes, 1); /* B/C went with its last item */
    assert_string_equal(x->item[0].id, "1");
    assert_string_equal(x->item[2].id, "4");
    assert_string_equal(picture_of(x, "1", 0), "new.jpg");
    const huse_picture *kept = &x->picture[item_of(x, "1")->picture + 1];
    assert_string_equal(kept->path, "a.jpg");
    assert_int_equal(kept->state, HUSE_PICTURE_OK);
    assert_true(kept->has_key && kept->size == 9 && kept->mtime_ns == 8);
    assert_int_equal(kept->rowid, before->picture[0].rowid);
    huse_items_free(before);
    huse_items_free(x);
}

static char *read_skip_file(const fixture *f, const char *name)
{
    char *data = NULL;
    size_t n;
    OK(huse_fs_read(fx_path(f, name), 1 << 20, &data, &n, NULL));
    return data;
}

static void bad_rows_can_be_skipped_and_listed(void **state)
{
    fixture *f = *state;
    huse_import_options opt = {.skip_bad = true, .prune = true};
    OK(fx_import(f, "first.csv", "id,text\n4,stays\n9,goes\n", NULL));
    OK(fx_import(f, "c.csv",
                 "id,text,class,split\n1,good,A,train\n2,ragged\n3,\"open,A,train\n4,bad "
                 "split,A,\x1b[2J\n5,good,A,test\n"
                 "6,st\"ray,A,\n7,b\xFF,A,\n1,other,A,train\n8,good,A,val\n",
                 &opt));
    assert_int_equal(f->report.rows, 3);
    assert_int_equal(f->report.skipped, 6);
    assert_int_equal(f->report.removed, 1);
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 4);
    assert_string_equal(item_of(x, "1")->text, "good");
    assert_string_equal(item_of(x, "4")->text,
                        "stays"); /* its only row is bad: neither changed nor pruned */
    huse_items_free(x);
    char *list = read_skip_file(f, "ws/import-skipped.txt");
    assert_non_null(strstr(list, "c.csv:3:3: 2 fields"));
    assert_non_null(strstr(
        list, "c.csv:4:3: a quote whose closing one, 3 lines on, is not followed by a comma"));
    assert_non_null(strstr(list, "c.csv:5:15: unknown split"));
    assert_non_null(strstr(list, "c.csv:7:5: a quote inside"));
    assert_non_null(strstr(list, "c.csv:8:4: byte 0xFF"));
    assert_non_null(strstr(list, "c.csv:9:3: one id with two texts"));
    assert_null(strchr(list, '\x1b'));
    free(list);
    opt.skip_file = fx_path(f, "list.txt");
    OK(fx_import(f, "d.csv", "id,text\n1,good\n,bad\n", &opt));
    list = read_skip_file(f, "list.txt");
    assert_non_null(strstr(list, "d.csv:3:1: a row without an id"));
    free(list);
    assert_int_equal(fx_import(f, "e.csv", "id,text\n,bad\n", &opt), HUSE_BAD_DATA);
    FX_SAYS(f, "all 1 rows are bad, the first: ");
    assert_int_equal(fx_count(f), 1);
}

static void jsonl_fields_arrive_as_written(void **state)
{
    fixture *f = *state;
    OK(fx_import(
        f, "c.jsonl",
        "{\"id\":\"1\",\"image\":[\"a|b.jpg\",\"c.jpg\"],\"text\":\"caf\\u00e9\",\"class\":[\"A\","
        "\" B \"],\"split\":\"val\"}\r\n"
        "\n"
        "{\"id\":2,\"image\":\"a.jpg|b.jpg\",\"class\":\"A/B\",\"other\":{\"id\":[1,2.5e3,null]}}\n"
        "{\"image\":\"only.jpg\",\"text\":null}",
        NULL));
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 3);
    assert_string_equal(item_of(x, "1")->text, "café");
    assert_string_equal(picture_of(x, "1", 0), "a|b.jpg");
    assert_string_equal(class_of(x, "1"), "A/B");
    assert_int_equal(item_of(x, "1")->split, HUSE_SPLIT_VAL);
    assert_string_equal(picture_of(x, "2", 1), "b.jpg");
    assert_string_equal(class_of(x, "2"), "A/B");
    assert_string_equal(picture_of(x, "only.jpg", 0), "only.jpg");
    huse_items_free(x);
}

static const struct {
    const char *line, *says;
} refused_json[] = {
    {"{\"id\":\"1\"", ":2:9: "},
    {"[1]", ":2:1: a line must hold one JSON object"},
    {"\"id\"", ":2:4: "},
    {"{\"id\":\"1\",\"id\":\"2\"}", ":2:14: duplicate"},
    {"{\"id\":\"1\"} {\"id\":\"2\"}", ":2:"},
    {"{\"id\":1.5}", ":2:7: id must be a string or a whole number"},
    {"{\"id\":\"\"}", ":2:7: a row without an id"},
    {"{\"text\":\"x\"}", ":2:1: a row without an id"},
    {"{\"id\":\"1\",\"text\":7}", ":2:18: text must be a string"},
    {"{\"id\":\"1\",\"image\":[1]}", ":2:19: image must be a string or a list of strings"},
    {"{\"id\":\"1\",\"class\":[\"A/B\"]}", ":2:19: class must be"},
    {"{\"x\":{\"split\":1}, \"id\":\"1\" , \"split\" : \"huh\"}", ":2:40: unknown split \"huh\""},
    {"{\"id\":\"a\\u0000b\"}", "a NUL in a string"},
    {"{\"id\":\"\\ud800\"}", ":2:"},
    {"{\"id\":\"1\",\"x\":1e999}", ":2:"},
    {"{\"id\":\"1\",\"x\":NaN}", ":2:"},
    {"{\"id\":\"1\",\"text\":\"\xC3\"}", ":2:19: byte 0xC3"},
    {"{\"id\":\"a\\nb\"}", ":2:7: an id with a line break"},
    {"{\"id\":\"0\",\"text\":\"other\"}", ":2:18: one id with two texts"},
};

static void every_json_fault_names_its_line_and_column(void **state)
{
    fixture *f = *state;
    char text[256];
    for (size_t i = 0; i < HUSE_COUNT(refused_json); i++) {
        snprintf(text, sizeof text, "{\"id\":\"0\",\"text\":\"x\"}\n%s\n{\"id\":\"9\"}\n",
                 refused_json[i].line);
        assert_int_equal(fx_import(f, "c.jsonl", text, NULL), HUSE_BAD_DATA);
        FX_SAYS(f, refused_json[i].says);
        assert_int_equal(fx_count(f), 0);
        huse_import_options opt = {.skip_bad = true};
        OK(fx_import_with(f, "c.jsonl", &opt));
        assert_int_equal(f->report.rows, 2);
        assert_int_equal(f->report.skipped, 1);
        OK(huse_fs_remove_tree(fx_path(f, "again"), NULL));
        huse_workspace_close(f->ws);
        OK(huse_fs_remove_tree(fx_path(f, "ws"), NULL));
        OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), HUSE_OPEN_CREATE, &f->err));
    }
}

static void the_kind_of_a_source_is_told_by_ending_then_content(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "data", "  {\"id\":\"1\"}\n", NULL));
    OK(fx_import(f, "table.txt", "id,text\n2,x\n", NULL));
    assert_int_equal(fx_count(f), 2);
    assert_int_equal(fx_import(f, "list.json", "[{\"id\":\"1\"}]", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, "one object a line");
    assert_int_equal(fx_import_with(f, "missing.csv", NULL), HUSE_NOT_FOUND);
    assert_int_equal(mkfifo(fx_path(f, "pipe.csv"), 0600), 0);
    assert_int_equal(fx_import_with(f, "pipe.csv", NULL), HUSE_BAD_DATA);
    huse_import_options opt = {.images = "/nonexistent"};
    assert_int_equal(fx_import(f, "c.csv", "id,image\n1,a.jpg\n", &opt), HUSE_NOT_FOUND);
}

static void folder_trees_give_classes_texts_and_ids(void **state)
{
    fixture *f = *state;
    fx_text(f, "t/A/Sub/one.jpg", "x");
    fx_text(f, "t/A/Sub/one.txt", "\xEF\xBB\xBF a text\n");
    fx_text(f, "t/A/two.PNG", "x");
    fx_text(f, "t/A/two.webp", "x");
    fx_text(f, "t/A/two.PNG.jpeg", "x");
    fx_text(f, "t/.hidden/x.jpg", "x");
    fx_text(f, "t/A/.x.jpg", "x");
    fx_text(f, "t/A/notes.pdf", "x");
    fx_text(f, "t/flat.jpeg", "x");
    assert_int_equal(symlink("..", fx_path(f, "t/A/loop")), 0);
    assert_int_equal(symlink("/etc/hostname", fx_path(f, "t/A/out.jpg")), 0);
    OK(fx_import_with(f, "t", NULL));
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 6);
    assert_string_equal(item_of(x, "A/Sub/one")->text, "a text");
    assert_string_equal(class_of(x, "A/Sub/one"), "A/Sub");
    assert_string_equal(picture_of(x, "A/Sub/one", 0), "A/Sub/one.jpg");
    assert_string_equal(picture_of(x, "A/two.PNG", 0), "A/two.PNG");
    assert_string_equal(picture_of(x, "A/two.webp", 0), "A/two.webp");
    assert_string_equal(picture_of(x, "A/two.PNG.jpeg", 0), "A/two.PNG.jpeg");
    assert_string_equal(class_of(x, "flat"), "");
    assert_string_equal(class_of(x, "A/out"), "A");
    assert_string_equal(x->item[0].id, "A/Sub/one");
    assert_string_equal(x->picture[0].root, fx_path(f, "t"));
    huse_items_free(x);
    OK(fx_import_with(f, "t", NULL));
    assert_int_equal(f->report.unchanged, 6);
}

static void odd_names_in_a_tree_are_faults_that_can_be_skipped(void **state)
{
    fixture *f = *state;
    huse_import_options skip = {.skip_bad = true};
    fx_text(f, "t/A/good.jpg", "x");
    fx_text(f, "t/A/bad\nname.jpg", "x");
    fx_text(f, "t/A/bad\xFFname.jpg", "x");
    fx_text(f, "t/A/text.jpg", "x");
    fx_text(f, "t/A/text.txt", "fine\nb\xFF");
    fx_text(f, "t/A/linked.jpg", "x");
    assert_int_equal(symlink("/etc/hostname", fx_path(f, "t/A/linked.txt")), 0);
    assert_int_equal(mkfifo(fx_path(f, "t/A/good.txt"), 0600), 0);
    assert_int_equal(fx_import_with(f, "t", NULL), HUSE_BAD_DATA);
    fx_text(f, "t/A/best.jpg", "x");
    OK(fx_import_with(f, "t", &skip));
    assert_int_equal(f->report.rows, 1);
    assert_int_equal(f->report.skipped, 5);
    char *list = read_skip_file(f, "ws/import-skipped.txt");
    assert_non_null(strstr(list, "text.txt:2:2: byte 0xFF"));
    assert_non_null(strstr(list, "not UTF-8"));
    assert_non_null(strstr(list, "an id with a line break"));
    free(list);
}

static void trees_deeper_than_sixteen_are_refused(void **state)
{
    fixture *f = *state;
    char deep[200] = "t";
    for (int i = 0; i < 17; i++)
        strcat(deep, "/d");
    strcat(deep, "/x.jpg");
    fx_text(f, deep, "x");
    assert_int_equal(fx_import_with(f, "t", NULL), HUSE_BAD_DATA);
    FX_SAYS(f, "folders nested deeper than 16");
    fx_text(f, "u/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/x.jpg", "x");
    OK(fx_import_with(f, "u", NULL));
    assert_int_equal(f->report.rows, 1);
}

static void a_workspace_inside_the_tree_is_passed_over(void **state)
{
    fixture *f = *state;
    fx_text(f, "a.jpg", "x");
    fx_text(f, "ws/thumbs/b.jpg", "x");
    OK(huse_import(f->ws, f->dir, NULL, &f->report, &f->err));
    assert_int_equal(f->report.rows, 1);
}

static void pictures_inside_the_workspace_move_with_it(void **state)
{
    fixture *f = *state;
    fx_text(f, "ws/pictures/a.jpg", "x");
    huse_import_options opt = {.images = fx_path(f, "ws/pictures")};
    OK(fx_import(f, "ws/items.csv", "id,image\n1,a.jpg\n", &opt));
    huse_workspace_close(f->ws);
    assert_int_equal(rename(fx_path(f, "ws"), fx_path(f, "moved")), 0);
    OK(huse_workspace_open(&f->ws, fx_path(f, "moved"), 0, &f->err));
    huse_items *x = fx_load(f);
    assert_string_equal(x->picture[0].root, fx_path(f, "moved/pictures"));
    huse_items_free(x);
}

static size_t calls;
static void count_call(void *ctx, size_t rows, size_t done, size_t total)
{
    (void)rows;
    assert_true(done <= total);
    *(size_t *)ctx = done;
    calls++;
}

static void a_file_much_longer_than_the_window_is_read_whole(void **state)
{
    fixture *f = *state;
    huse_buf b = {0};
    size_t last = 0;
    huse_import_options opt = {.progress = count_call, .ctx = &last};
    huse_buf_str(&b, "id,text,class\n");
    for (int i = 0; i < 40000; i++)
        huse_buf_fmt(&b, "%d,\"text, of \"\"item\"\"\n%d, %0*d\",C/%d\n", i, i, i % 97, 0, i % 7);
    fx_write(f, "c.csv", b.data, b.len);
    OK(fx_import_with(f, "c.csv", &opt));
    assert_int_equal(f->report.added, 40000);
    assert_int_equal(last, b.len);
    assert_true(calls > 2);
    huse_items *x = fx_load(f);
    assert_int_equal(x->n, 40000);
    assert_int_equal(x->n_classes, 7);
    for (int i = 0; i < 40000; i += 911) {
        char id[16], want[160];
        snprintf(id, sizeof id, "%d", i);
        snprintf(want, sizeof want, "text, of \"item\"\n%d, %0*d", i, i % 97, 0);
        assert_string_equal(item_of(x, id)->text, want);
    }
    huse_items_free(x);
    huse_buf_free(&b);
}

static void a_killed_import_leaves_the_old_catalogue(void **state)
{
    fixture *f = *state;
    huse_buf b = {0};
    huse_buf_str(&b, "id,text\n");
    for (int i = 0; i < 50000; i++)
        huse_buf_fmt(&b, "%d,text %d\n", i, i);
    fx_write(f, "big.csv", b.data, b.len);
    huse_buf_free(&b);
    OK(fx_import(f, "c.csv", "id,text\na,x\n", NULL));
    huse_workspace_close(f->ws);
    f->ws = NULL;
    for (int i = 0; i < 12; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            huse_workspace *ws;
            if (huse_workspace_open(&ws, fx_path(f, "ws"), 0, NULL) == HUSE_OK)
                _exit(huse_import(ws, fx_path(f, "big.csv"), NULL, NULL, NULL) != HUSE_OK);
            _exit(2);
        }
        nanosleep(&(struct timespec){0, i * 15000000L}, NULL);
        kill(pid, SIGKILL);
        int how = 0;
        waitpid(pid, &how, 0);
        OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), 0, &f->err));
        size_t n = fx_count(f);
        assert_true(n == 1 || n == 50001);
        huse_workspace_close(f->ws);
        f->ws = NULL;
    }
    OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), 0, &f->err));
}

/* A limit on the size of files stands for a full disk. */
static void a_catalogue_that_cannot_grow_stays_as_it_was(void **state)
{
    fixture *f = *state;
    struct rlimit old, small;
    huse_buf b = {0};
    huse_buf_str(&b, "id,text\n");
    for (int i = 0; i < 30000; i++)
        huse_buf_fmt(&b, "%d,some text of item %d\n", i, i);
    fx_write(f, "big.csv", b.data, b.len);
    huse_buf_free(&b);
    OK(fx_import(f, "c.csv", "id,text\na,x\n", NULL));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){300000, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    huse_status s = fx_import_with(f, "big.csv", NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(s, HUSE_FAILED);
    FX_SAYS(f, "catalogue.db");
    assert_int_equal(fx_count(f), 1);
    OK(fx_import_with(f, "big.csv", NULL));
    assert_int_equal(fx_count(f), 30001);
}

/* Broken quotes on every line make the reader go back at every line; it must not take quadratic
 * time. */
static void broken_quotes_everywhere_cost_no_more_than_the_file(void **state)
{
    fixture *f = *state;
    huse_buf b = {0};
    huse_import_options skip = {.skip_bad = true};
    huse_buf_str(&b, "id,text\nfirst,good\n");
    for (int i = 0; i < 300000; i++)
        huse_buf_str(&b, i % 3 ? "\"\"\"\"\"\n" : "x,\"\n");
    huse_buf_str(&b, "last,good\n");
    fx_write(f, "c.csv", b.data, b.len);
    huse_buf_free(&b);
    clock_t t = clock();
    OK(fx_import_with(f, "c.csv", &skip));
    assert_true((double)(clock() - t) / CLOCKS_PER_SEC < 20);
    huse_items *x = fx_load(f);
    assert_string_equal(item_of(x, "first")->text, "good");
    huse_items_free(x);
}

static void the_fashion_catalogue_imports_and_reimports(void **state)
{
    fixture *f = *state;
    const char *shared = getenv("SHARED");
    char path[512];
    snprintf(path, sizeof path, "%s/data/fashion/catalogue.csv", shared ? shared : "");
    if (!huse_fs_exists(path))
        skip();
    OK(huse_import(f->ws, path, NULL, &f->report, &f->err));
    assert_int_equal(f->report.added, 9324);
    huse_items *x = fx_load(f);
    size_t split[4] = {0};
    for (size_t i = 0; i < x->n; i++)
        split[x->item[i].split]++;
    assert_int_equal(split[HUSE_SPLIT_TRAIN], 6542);
    assert_int_equal(split[HUSE_SPLIT_VAL], 930);
    assert_int_equal(split[HUSE_SPLIT_TEST], 1852);
    assert_int_equal(x->n_classes, 39);
    huse_items_free(x);
    clock_t t = clock();
    OK(huse_import(f->ws, path, NULL, &f->report, &f->err));
    assert_int_equal(f->report.unchanged, 9324);
    assert_true((double)(clock() - t) / CLOCKS_PER_SEC < 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(csv_fields_arrive_as_written),
        TEST(escape_bytes_and_odd_unicode_are_data),
        TEST(every_fault_names_its_line_and_column_and_changes_nothing),
        TEST(a_nul_is_refused_anywhere),
        TEST(sizes_are_capped),
        TEST(several_pictures_make_one_item),
        TEST(pictures_with_dots_addresses_and_absolute_paths_are_kept_for_embed_to_judge),
        TEST(columns_map_and_slips_are_named),
        TEST(the_columns_of_an_export_are_found_by_the_names_they_have),
        TEST(semicolons_or_tabs_part_fields_where_they_part_the_header),
        TEST(without_an_id_column_the_picture_is_the_id),
        TEST(importing_again_adds_updates_and_prunes),
        TEST(bad_rows_can_be_skipped_and_listed),
        TEST(jsonl_fields_arrive_as_written),
        TEST(every_json_fault_names_its_line_and_column),
        TEST(the_kind_of_a_source_is_told_by_ending_then_content),
        TEST(folder_trees_give_classes_texts_and_ids),
        TEST(odd_names_in_a_tree_are_faults_that_can_be_skipped),
        TEST(trees_deeper_than_sixteen_are_refused),
        TEST(a_workspace_inside_the_tree_is_passed_over),
        TEST(pictures_inside_the_workspace_move_with_it),
        TEST(a_file_much_longer_than_the_window_is_read_whole),
        TEST(a_killed_import_leaves_the_old_catalogue),
        TEST(a_catalogue_that_cannot_grow_stays_as_it_was),
        TEST(broken_quotes_everywhere_cost_no_more_than_the_file),
        TEST(the_fashion_catalogue_imports_and_reimports),
    };
    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
