/* Every command and option. Help, the configuration file, the environment, the manual and the completions come from here. */
#include "cli/commands.h"

#include <math.h>

#define FLAG(n, l, set, h) {.name = n, .letter = l, .type = CLI_FLAG, .setting = set, .help = h}
#define INT(n, l, a, d, lo, hi, h) \
    {.name = n, .letter = l, .type = CLI_INT, .setting = true, .arg = a, .def = d, .min = lo, .max = hi, .help = h}
#define REAL(n, a, d, lo, hi, h) {.name = n, .type = CLI_REAL, .setting = true, .arg = a, .def = d, .min = lo, .max = hi, .help = h}
#define ENUM(n, a, v, d, h) {.name = n, .type = CLI_ENUM, .setting = true, .arg = a, .values = v, .def = d, .help = h}
#define TEXT(n, l, a, h) {.name = n, .letter = l, .type = CLI_STRING, .arg = a, .help = h}
#define PATH(n, l, t, a, h) {.name = n, .letter = l, .type = t, .arg = a, .help = h}

const cli_option cli_globals[] = {
    FLAG("help", 'h', false, "Show help for the command and exit"),
    FLAG("version", 'V', false, "Show the version and exit"),
    FLAG("quiet", 'q', true, "No notes and no progress on standard error, errors only"),
    FLAG("json", 0, false, "Write JSON to standard output, and errors as JSON to standard error"),
    ENUM("color", "WHEN", "auto,always,never", "auto", "Use colours; NO_COLOR and CLICOLOR_FORCE are honoured"),
    FLAG("no-color", 0, false, "The same as --color never"),
    ENUM("progress", "HOW", "auto,plain,json,none", "auto",
         "Progress on standard error: one live line, a plain line each 30 s, JSON lines, none"),
    INT("threads", 0, "N", "0", 0, 1024, "Threads to use; 0: one per core"),
    {.name = "models", .type = CLI_DIR, .setting = true, .arg = "DIR",
     .help = "Folder of the encoder weights; without one the fallback encoders are used"},
    {.name = "data", .type = CLI_DIR, .setting = true, .arg = "DIR", .help = "Folder of named workspaces and weights"},
    FLAG("offline", 0, true, "Use no network: only what is on this machine already"),
    FLAG("allow-private", 0, true, "Fetch also from addresses of this machine and its networks"),
    {.name = "ca-file", .type = CLI_FILE, .setting = true, .arg = "FILE",
     .help = "Certificate authorities (PEM) to trust instead of the system's"},
    PATH("config", 0, CLI_FILE, "FILE", "Read this configuration file instead of the usual ones"),
};
const size_t cli_n_globals = HUSE_COUNT(cli_globals);

#define MODEL TEXT("model", 0, "ID", "Ask this published model instead of the current one")
#define COUNT(d, h) INT("count", 'k', "N", d, 1, 1e6, h)
#define JSONL FLAG("jsonl", 0, false, "Write one JSON object a line, as results come")
#define PLAIN FLAG("plain", 0, true, "Write fields with tabs between them, for scripts")
#define COLUMNS                                                                       \
    TEXT("columns", 0, "MAP", "Names of the columns, as id=sku,image=photo,text=title,class=category,split=fold")
#define IMAGES PATH("images", 0, CLI_DIR, "DIR", "Folder that relative picture paths start from; default: the catalogue's own")

#define GRAPHICS                                                                     \
    ENUM("graphics", "HOW", "auto,kitty,sixel,cells,blocks,none", "auto", "How pictures are drawn; auto: kitty's protocol or sixel where the terminal announces them, else character cells; blocks: cells by half blocks alone")

static const cli_option interface_options[] = {
    TEXT("query", 0, "QUERY", "Begin with this query"),
    ENUM("pane", "PANE", "search,browse,train,evaluate", "search", "Begin with this pane"),
    {.name = "mouse", .type = CLI_FLAG, .setting = true, .def = "on", .help = "Leave the mouse to the terminal"},
    FLAG("accessible", 0, true, "Lines instead of a screen, for screen readers and braille displays; so does ACCESSIBLE=1"),
    FLAG("recent", 0, false, "Begin with the page of workspaces that were open before"),
    GRAPHICS,
    ENUM("theme", "NAME", "auto,dark,light,mono", "auto", "Colours for a dark or a light background, or none; auto: as the terminal says"),
    ENUM("accent", "COLOUR", "magenta,blue,cyan,green,yellow,red,none", "magenta", "Colour of the active element; none: bold"),
};

static const cli_option import_options[] = {
    PATH("output", 'o', CLI_DIR, "WS", "The workspace to make or to update (required)"),
    IMAGES,
    COLUMNS,
    FLAG("prune", 0, false, "Remove items that the source does not hold"),
    FLAG("skip-bad", 0, false, "Count bad rows and list them in a file instead of stopping"),
    PATH("skip-file", 0, CLI_FILE, "FILE", "Where --skip-bad lists them; default: import-skipped.txt in the workspace"),
};

static const cli_option embed_options[] = {
    FLAG("prune", 0, false, "Drop features and thumbnails that no item uses"),
    FLAG("retry", 0, false, "Try pictures again that failed before"),
    FLAG("refresh", 0, false, "Ask again for pictures by address and for who a remote text encoder is: both may have changed"),
    FLAG("dry-run", 'n', false, "Say what there is to do, and what it would cost, without doing it or asking anybody"),
    TEXT("text-encoder", 0, "WHO", "local, sentence (its sentence vectors alone), a model of “huse-tui models”, or https://HOST/v1#MODEL; default: as before"),
    TEXT("image-encoder", 0, "WHO", "local, or a model of “huse-tui models”; default: as before"),
    PATH("encoder-token", 0, CLI_FILE, "FILE", "File with the token for the server of --text-encoder, remembered for it"),
    INT("per-host", 0, "N", "6", 1, 64, "Pictures to fetch from one host at once"),
    INT("pause", 0, "MS", "0", 0, 60000, "Milliseconds between two requests to one host"),
    INT("cache", 0, "MB", "2048", 0, 1e9, "Megabytes of fetched pictures to keep in the workspace"),
    ENUM("fit", "HOW", "pad,crop", "pad", "Fit pictures into the encoder's square by padding or by cropping the centre"),
    PATH("image-features", 0, CLI_FILE, "FILE", "Take image features from this .npy file, rows as in --ids, or from image_vector in .jsonl"),
    PATH("text-features", 0, CLI_FILE, "FILE", "Take text features from this .npy file, rows as in --ids, or from text_vector in .jsonl"),
    PATH("ids", 0, CLI_FILE, "FILE", "Item ids of those rows, one a line; default: X.ids.txt beside X.npy, or else catalogue order"),
};

/* Hyper-parameters come from the trainer's own table; their defaults here are those of the default preset. */
#define HP_INT(o, d, lo, hi, h) {.name = o, .type = CLI_INT, .setting = true, .arg = "N", .def = #d, .min = lo, .max = hi, .help = h}
#define HP_REAL(o, d, lo, hi, h) {.name = o, .type = CLI_REAL, .setting = true, .arg = "X", .def = #d, .min = lo, .max = hi, .help = h}
#define HP_TEXT(o, d, lo, hi, h) {.name = o, .type = CLI_STRING, .setting = true, .arg = "NAME", .def = d, .help = h}

static const cli_option train_options[] = {
    ENUM("preset", "NAME", "default,paper", "default", "Hyper-parameters to start from: ours, or the paper's where it gives them"),
    FLAG("resume", 0, false, "Go on with the newest run that is not finished; start one where there is none"),
    TEXT("run", 0, "ID", "The run that --resume goes on with, or that --publish-best publishes"),
    FLAG("publish-best", 0, false, "Train no further: publish the best checkpoint of the newest run, or of --run, that no trainer has"),
    {.name = "probe", .type = CLI_LIST, .arg = "TEXT",
     .help = "Ask this of every validation checkpoint, for the Train pane; up to 6, with commas or repeated; default: some classes"},
    {.name = "probes", .type = CLI_FLAG, .setting = true, .def = "yes", .help = "Keep what probes and class neighbourhoods look like as the space forms"},
    {.name = "publish", .type = CLI_FLAG, .setting = true, .def = "yes", .help = "Keep the best checkpoint, but do not make it the model"},
#define HP(field, type, option, kind, def, paper, low, high, live, help) HP_##kind(option, def, low, high, help),
#include "huse/params.def"
#undef HP
};

static const cli_option search_options[] = {
    COUNT("10", "How many results"),
    ENUM("target", "WHAT", "image,text,class", "image", "What to find"),
    TEXT("class", 0, "PATH", "Only items of this class or of classes below it"),
    REAL("min-score", "X", "-2", -2, 2, "Leave out results below this score"),
    REAL("rerank", "M", "-1", -1, 1, "Share of the words themselves in the score, 0 to 1; negative: the model's own"),
    FLAG("pictures", 0, true, "Draw the results' pictures in the terminal"),
    GRAPHICS,
    MODEL,
    JSONL,
    PLAIN,
};

static const cli_option neighbors_options[] = {
    COUNT("10", "How many neighbours"),
    INT("level", 0, "N", "0", 0, 100, "Compare the nodes this many edges below the root; 0: all classes"),
    FLAG("disagree", 0, false, "Where the space and the class tree disagree, strongest first; of all classes without an operand"),
    ENUM("target", "WHAT", "image,text,class", "image", "For an item: what to find"),
    MODEL,
    JSONL,
    PLAIN,
};

static const cli_option show_options[] = {
    COUNT("3", "How many classes to name for the picture and the text"),
    GRAPHICS,
    MODEL,
};

static const cli_option classify_options[] = {
    COUNT("3", "How many classes to give for each item, or with --suspects how many items"),
    FLAG("suspects", 0, false, "Rank the workspace's own items by how much the model doubts their class"),
    ENUM("split", "SPLIT", "all,train,val,test", "all", "With --suspects: items of this split"),
    REAL("min-p", "P", "0", 0, 1, "Leave out answers whose best class is less probable"),
    IMAGES,
    COLUMNS,
    MODEL,
    JSONL,
    PLAIN,
};

static const cli_option export_options[] = {
    {.name = "what", .type = CLI_ENUM, .arg = "WHAT",
     .values = "image-features,text-features,image-embeddings,text-embeddings,class-embeddings,items,model",
     .help = "What to write alone"},
    {.name = "to", .type = CLI_ENUM, .arg = "STORE", .values = "jsonl,sql,faiss-npy,projector",
     .help = "Hand all items with their vectors over to another program"},
    PATH("output", 'o', CLI_FILE, "PATH",
         "Where to (required); with --what, the ending gives the format: .npy .safetensors .csv .jsonl .tsv; a new folder for --to "
         "faiss-npy and projector"),
    {.name = "vectors", .type = CLI_ENUM, .arg = "KIND", .values = "embeddings,features,none", .def = "embeddings",
     .help = "Which vectors --to writes: the model's, those that it is trained on, or none"},
    {.name = "table", .type = CLI_STRING, .arg = "NAME", .def = "items", .help = "The table that --to sql makes; classes go to NAME_classes"},
    FLAG("pgvector", 0, false, "Let --to sql write columns and indexes of the extension pgvector instead of real[]"),
    MODEL,
};

static const cli_option eval_options[] = {
    ENUM("split", "SPLIT", "train,val,test", "test", "Which items"),
    {.name = "fail-under", .type = CLI_LIST, .arg = "FIGURE=X",
     .help = "End with exit code 7 when a figure is below X: T2I.R@1=.9, accuracy.image=.8; may be repeated"},
    PATH("image-embeddings", 0, CLI_FILE, "I.npy", "Evaluate these image vectors instead of a model's"),
    PATH("text-embeddings", 0, CLI_FILE, "T.npy", "Evaluate these text vectors instead of a model's"),
    PATH("ids", 0, CLI_FILE, "FILE", "Item ids of those rows, one a line; default: X.ids.txt beside X.npy, or else catalogue order"),
    INT("draws", 0, "N", "2000", 0, 100000, "Draws for the 95 % intervals; 0: none"),
    INT("seed", 0, "N", "1", 0, 9007199254740991., "Seed of the draws and of the attribute queries"),
    MODEL,
};

static const cli_option bench_options[] = {
    {.name = "methods", .type = CLI_LIST, .arg = "NAME,...",
     .help = "Only these of separate, triplet, cme, adamine, devise, hie, huse-p, huse (eq. 5 alone) and huse+ (the default preset)"},
    INT("seeds", 0, "N", "3", 1, 100, "Train each method with the seeds 1 to N"),
    INT("steps", 0, "N", "0", 0, 100000000, "Training steps of each; 0: from the size of the train split"),
    INT("tune", 0, "N", "0", 0, 1000, "Try N settings of each method's own weights on validation data first; 0: take the preset's"),
    FLAG("quick", 0, false, "One seed and fewer steps: a first look"),
    FLAG("ablate", 0, false, "Also HUSE with one thing changed at a time"),
    FLAG("keep", 0, false, "Keep the validation and test embeddings of every trained method"),
    FLAG("csv", 0, false, "Write one line a figure: table,method,task,figure,mean,low,high,mark"),
    FLAG("markdown", 0, false, "Write the tables as Markdown"),
    PATH("output", 'o', CLI_FILE, "FILE", "Write to this file instead of standard output"),
};

static const cli_option models_options[] = {
    PATH("token", 0, CLI_FILE, "FILE", "File with the token that pull shows the hub, and nobody else; default: HF_TOKEN_PATH"),
    FLAG("force", 0, false, "Remove a model that a workspace uses; pull one that is here from elsewhere"),
    PLAIN,
};

static const cli_option runs_options[] = {
    PLAIN,
};

#define OPTIONS(o) .option = (o), .n_options = HUSE_COUNT(o)

const cli_command cli_commands[] = {
    {.name = "", .synopsis = "[WS]", .summary = "Open the interface on a workspace", OPTIONS(interface_options), .max_args = 1,
     .run = cmd_interface},
    {.name = "import", .synopsis = "SRC -o WS", .summary = "Make or update a workspace from a catalogue",
     .about = "SRC is a CSV file (RFC 4180, a header line, the columns id, image, text, class, split; all but id may be missing), a JSONL file "
              "of objects with these keys, or a folder tree Class/Sub/picture.jpg, with picture.txt beside it if there is one; or a folder of "
              "pictures alone. A class is a path: Apparel/Topwear/Shirts or Apparel > Topwear > Shirts. Semicolons or tabs may part fields, and "
              "columns such as Title, Category and Image Src are taken for what they say. Several pictures of one item: a.jpg|b.jpg, or a further row with the same id.\n\n"
              "Importing again adds and updates; --prune removes. A bad row stops the import with its file, line and column, and nothing is "
              "changed; a missing or broken picture does not.",
     .example = "huse-tui import shop.csv --images pics/ -o shop\nhuse-tui import pictures/ -o my-catalogue",
     OPTIONS(import_options), .min_args = 1, .max_args = 1, .run = cmd_import},
    {.name = "embed", .synopsis = "WS", .summary = "Compute the features that are missing",
     .about = "Decodes new and changed pictures, runs the encoders over them and over new texts, and stores features and thumbnails. What is "
              "there is kept. Pictures that cannot be read are counted and named by “huse-tui doctor WS”. It may be stopped at any time.\n\n"
              "Pictures whose paths are http or https addresses are fetched first, up to 64 MiB each, and kept in fetched/ of the workspace. "
              "Those that do not come are listed by host and reason; --retry asks for them again. Addresses of this machine and its "
              "networks are left alone unless --allow-private is given. No proxy is used.\n\n"
              "--text-encoder https://HOST/v1#MODEL lets a server encode the texts that speaks the OpenAI protocol (POST /v1/embeddings): with it go all "
              "texts, once each, and from then on class names and what is typed into Search. --dry-run says how much that is. The workspace "
              "remembers the address; that it may be asked, and with which token, is remembered on this machine alone. A server of this machine "
              "or its networks needs --allow-private, once, and may then be asked by http, without a token. Where the model behind the address changes, it is refused until "
              "--refresh encodes all texts anew. While it does not answer, queries that were asked before and the words themselves still count.",
     .example = "huse-tui embed shop\nhuse-tui embed shop --image-features clip.npy --ids clip.ids.txt\n"
                "huse-tui embed shop --text-encoder https://api.example.com/v1#small-embedding --encoder-token ~/.token --dry-run\n"
                "huse-tui embed shop --text-encoder http://127.0.0.1:8080/v1#minilm --allow-private",
     OPTIONS(embed_options), .min_args = 1, .max_args = 1, .run = cmd_embed},
    {.name = "train", .synopsis = "WS", .summary = "Learn the space and publish it as the model",
     .about = "Embeds what is new, trains, and publishes the checkpoint with the best validation R@1. Ctrl-C keeps a checkpoint; --resume goes "
              "on from it. Every figure of the run is in runs/ID/metrics.jsonl of the workspace.\n\n"
              "--method trains another method of the paper's comparison over the same towers and batches. The weights of its loss then start "
              "elsewhere: beta at 3 for hie and at .3 for huse-p, the margin at .1 for cme and at .3 for adamine. Separate takes the checkpoint of best "
              "accuracy; triplet and adamine learn no classes.\n\n"
              "The default preset is one set for all catalogues. The paper does not publish its loss weights, its zeta and its dimension: "
              "alpha = beta = gamma = 1, zeta = .7 and D = 512 of the paper preset are ours.",
     .example = "huse-tui train shop\nhuse-tui train shop --seed 2 --steps 3000 --resume\nhuse-tui train shop --method huse-p --no-publish",
     OPTIONS(train_options), .min_args = 1, .max_args = 1, .run = cmd_train},
    {.name = "search", .synopsis = "WS QUERY", .summary = "Find pictures, texts or classes",
     .about = "QUERY is one term or several joined by “ + ” and “ - ”, each with an optional weight: words, \"quoted words\", @item, "
              "class:Path, or a path to a picture. An empty result is no error.",
     .example = "huse-tui search shop \"red summer dress\"\nhuse-tui search shop \"2:dress + floral - black\" -k 20 --json\n"
                "huse-tui search shop ./photo.jpg --target text",
     OPTIONS(search_options), .min_args = 2, .max_args = 2, .run = cmd_search},
    {.name = "neighbors", .synopsis = "WS [CLASS|@ITEM]", .summary = "Nearest classes or items, with distance in the tree",
     .about = "For a class (or an inner node of the tree): the nearest ones in the space, beside their distance in the tree and where the two "
              "disagree. For @ITEM: the nearest items.",
     .example = "huse-tui neighbors shop Footwear/Sandals\nhuse-tui neighbors shop --disagree",
     OPTIONS(neighbors_options), .min_args = 1, .max_args = 2, .run = cmd_neighbors},
    {.name = "show", .synopsis = "WS ID", .summary = "One item, and what its picture and text are each taken for",
     .example = "huse-tui show shop 21379", OPTIONS(show_options), .min_args = 2, .max_args = 2, .run = cmd_show},
    {.name = "classify", .synopsis = "WS [FILE]", .summary = "Class and confidence for items that have none",
     .about = "FILE is a catalogue as for import; its items are classified and not added, and classes that it gives are not looked at. Pictures "
              "that have addresses are fetched as embed does it, and not kept. Without FILE, the workspace's own items that have no class. "
              "--suspects ranks the workspace's items for which the model finds another class more probable than their own.",
     .example = "huse-tui classify shop new.csv\nhuse-tui classify shop --suspects -k 50",
     OPTIONS(classify_options), .min_args = 1, .max_args = 2, .run = cmd_classify},
    {.name = "export", .synopsis = "WS (--what WHAT | --to STORE) -o PATH",
     .summary = "Write features, embeddings, items or the model, or hand all over",
     .about = "With --what: X.npy comes with X.ids.txt, one id a line; X.tsv with X.metadata.tsv, for the TensorBoard projector. Only items that "
              "have the row are written; of several pictures, the mean.\n\n"
              "With --to, a whole catalogue for another program. jsonl: one object an item, which import reads too: with --images it makes the "
              "same catalogue of it again. sql: for PostgreSQL, in one transaction that makes the tables. faiss-npy: a folder with images.npy, "
              "texts.npy, classes.npy and their .ids.txt. projector: a folder that TensorBoard opens as its --logdir. All is there when the "
              "command ends well, or nothing.",
     .example = "huse-tui export shop --what image-embeddings -o images.npy\nhuse-tui export shop --what items -o items.csv\n"
                "huse-tui export shop --to sql -o shop.sql && psql -f shop.sql\nhuse-tui export shop --to projector -o plot",
     OPTIONS(export_options), .min_args = 1, .max_args = 1, .run = cmd_export},
    {.name = "eval", .synopsis = "WS", .summary = "Retrieval, hierarchy and classification figures",
     .about = "Figures of the current model on the test split, or of vectors made elsewhere. Ties count by expectation; intervals resample "
              "classes, then queries.",
     .example = "huse-tui eval shop\nhuse-tui eval shop --json --fail-under T2I.R@1=.9",
     OPTIONS(eval_options), .min_args = 1, .max_args = 1, .run = cmd_eval},
    {.name = "bench", .synopsis = "WS", .summary = "Train HUSE and the paper's comparison methods, and print its tables",
     .about = "Trains every method on the same features, class semantics and batches, for the same steps, measures each at its best validation "
              "checkpoint of the last third on the test split, and prints Tables 1 to 3 of the paper for this catalogue: means over seeds, 95 % intervals that "
              "resample classes, then queries. A * marks the best of a column, an = what cannot be told from it.\n\n"
              "It takes minutes to hours and may be stopped at any time, in any way: the same command goes on where it was. Finished cells are "
              "kept in bench/ of the workspace and are taken again by any other bench that needs them. Nothing is published, no run is listed. "
              "A second bench on the same catalogue is refused while one goes on.",
     .example = "huse-tui bench shop --quick\nhuse-tui bench shop --seeds 3 --tune 8 --ablate --markdown -o bench.md\n"
                "huse-tui bench shop --methods huse-p,huse+ --json",
     OPTIONS(bench_options), .min_args = 1, .max_args = 1, .run = cmd_bench},
    {.name = "runs", .synopsis = "WS", .summary = "List training runs", OPTIONS(runs_options), .min_args = 1, .max_args = 1,
     .run = cmd_runs},
    {.name = "models", .synopsis = "[list | pull MODEL[@REVISION] | verify [MODEL] | rm MODEL | path [MODEL]]",
     .summary = "Encoder weights: fetch, list, verify and remove them",
     .about = "pull fetches a model by its name on a hub, ORG/NAME, from huggingface.co or where HF_ENDPOINT points (https alone): sentence "
              "encoders of the type “bert”, with their own vocab.txt and weights as safetensors, whose sentences are the mean over the tokens or "
              "the first one; and EfficientNet-Lite0 for pictures. Others are refused before their weights are fetched. minilm-l6 and "
              "effnet-lite0 are those that embed takes by itself; others it takes with --text-encoder ORG/NAME and --image-encoder ORG/NAME.\n\n"
              "It may be stopped at any time; the same command goes on from there. A model appears when it is whole, checked against the hub's hashes "
              "and opened. REVISION is a branch, a tag or a commit; what it stands for now is kept until it is pulled again.\n\n"
              "The token is read from a file that nobody else may read, goes to the hub alone and is never shown. verify reads all files and "
              "compares their hashes. rm refuses a model that a workspace uses which was open before or is known by name.",
     .example = "huse-tui models\nhuse-tui models pull minilm-l6\nhuse-tui models pull org/some-sentence-bert\n"
                "huse-tui embed shop --text-encoder org/some-sentence-bert\nhuse-tui models pull org/private@v2 --token ~/.hub-token",
     OPTIONS(models_options), .max_args = 2, .run = cmd_models},
    {.name = "doctor", .synopsis = "[WS]", .summary = "Check terminal, libraries, weights and a workspace",
     .about = "A report to paste into a bug report. With WS: hashes of all files, rows without an item, and pictures that failed, with the "
              "reason. Exit code 0 unless something is damaged.",
     .max_args = 1, .lenient = true, .run = cmd_doctor},
    {.name = "demo", .synopsis = "", .summary = "Prepare the emoji workspace and open it",
     .about = "1,870 emoji with names, keywords and their tree of groups, from Debian's fonts-noto-color-emoji, unicode-data and "
              "unicode-cldr-core: pictures and texts are made, imported, embedded and trained once, then the interface opens on them. Without "
              "a terminal a few queries are answered. “make demo” also installs what is missing.",
     .example = "huse-tui demo\nhuse-tui search emoji \"sad cat\"", .run = cmd_demo},
    {.name = "config", .synopsis = "[get NAME | set NAME VALUE | unset NAME | path]", .summary = "Show and change settings",
     .about = "A setting is a global option (threads), a command's (search.count), or the keys of an action (keys.similar). A flag on the command line wins over HUSE_TUI_* variables "
              "(HUSE_TUI_THREADS, HUSE_TUI_SEARCH_COUNT), those over the user's file, that over /etc/huse-tui/config.ini.",
     .example = "huse-tui config set search.count 20\nhuse-tui config get threads\nhuse-tui config set keys.similar \"v Ctrl-S\"", .max_args = 3, .lenient = true, .run = cmd_config},
    {.name = "help", .synopsis = "[COMMAND]", .summary = "Show help", .max_args = 1, .lenient = true, .run = cmd_help},
};
const size_t cli_n_commands = HUSE_COUNT(cli_commands);
