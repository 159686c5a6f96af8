# Completion of huse-tui for bash. Made from the program's tables by “make docs”.

_huse_tui_options() {
    case $1 in
        '') echo ' --query --pane --mouse --no-mouse --accessible --recent --graphics --theme --accent' ;;
        'import') echo ' --output -o --images --columns --prune --skip-bad --skip-file' ;;
        'embed') echo ' --prune --retry --refresh --dry-run -n --text-encoder --image-encoder --encoder-token --per-host --pause --cache --fit --image-features --text-features --ids' ;;
        'train') echo ' --preset --resume --run --publish-best --probe --probes --no-probes --publish --no-publish --method --steps --batch --balance --seed --optimiser --lr --warmup --decay --weight-decay --alpha --beta --gamma --zeta --instance --instance-tau --lambda --margin --logit-scale --dim --class-layers --hidden --image-layers --text-layers --image-dropout --text-dropout --psi --psi-tree --tfidf-dim --tfidf-terms --validate-every --patience --checkpoint-every' ;;
        'search') echo ' --count -k --target --class --min-score --rerank --pictures --graphics --model --jsonl --plain' ;;
        'neighbors') echo ' --count -k --level --disagree --target --model --jsonl --plain' ;;
        'show') echo ' --count -k --graphics --model' ;;
        'classify') echo ' --count -k --suspects --split --min-p --images --columns --model --jsonl --plain' ;;
        'export') echo ' --what --to --output -o --vectors --table --pgvector --model' ;;
        'eval') echo ' --split --fail-under --image-embeddings --text-embeddings --ids --draws --seed --model' ;;
        'bench') echo ' --methods --seeds --steps --tune --quick --ablate --keep --csv --markdown --output -o' ;;
        'runs') echo ' --plain' ;;
        'models') echo ' --token --force --plain' ;;
        'doctor') echo '' ;;
        'demo') echo '' ;;
        'config') echo '' ;;
        'help') echo '' ;;
    esac
    echo ' --help -h --version -V --quiet -q --json --color --no-color --progress --threads --models --data --offline --allow-private --ca-file --config'
}

# What goes behind an option; nothing is said of an option without an argument.
_huse_tui_argument() {
    case $1:$2 in
        :--query) echo 'terms' ;;
        :--pane) echo 'words:search browse train evaluate' ;;
        :--graphics) echo 'words:auto kitty sixel cells blocks none' ;;
        :--theme) echo 'words:auto dark light mono' ;;
        :--accent) echo 'words:magenta blue cyan green yellow red none' ;;
        import:--output|import:-o) echo 'folders' ;;
        import:--images) echo 'folders' ;;
        import:--columns) echo 'nothing' ;;
        import:--skip-file) echo 'files' ;;
        embed:--text-encoder) echo 'text-weights' ;;
        embed:--image-encoder) echo 'image-weights' ;;
        embed:--encoder-token) echo 'files' ;;
        embed:--per-host) echo 'nothing' ;;
        embed:--pause) echo 'nothing' ;;
        embed:--cache) echo 'nothing' ;;
        embed:--fit) echo 'words:pad crop' ;;
        embed:--image-features) echo 'files' ;;
        embed:--text-features) echo 'files' ;;
        embed:--ids) echo 'files' ;;
        train:--preset) echo 'words:default paper' ;;
        train:--run) echo 'runs' ;;
        train:--probe) echo 'nothing' ;;
        train:--method) echo 'methods' ;;
        train:--steps) echo 'nothing' ;;
        train:--batch) echo 'nothing' ;;
        train:--balance) echo 'nothing' ;;
        train:--seed) echo 'nothing' ;;
        train:--optimiser) echo 'nothing' ;;
        train:--lr) echo 'nothing' ;;
        train:--warmup) echo 'nothing' ;;
        train:--decay) echo 'nothing' ;;
        train:--weight-decay) echo 'nothing' ;;
        train:--alpha) echo 'nothing' ;;
        train:--beta) echo 'nothing' ;;
        train:--gamma) echo 'nothing' ;;
        train:--zeta) echo 'nothing' ;;
        train:--instance) echo 'nothing' ;;
        train:--instance-tau) echo 'nothing' ;;
        train:--lambda) echo 'nothing' ;;
        train:--margin) echo 'nothing' ;;
        train:--logit-scale) echo 'nothing' ;;
        train:--dim) echo 'nothing' ;;
        train:--class-layers) echo 'nothing' ;;
        train:--hidden) echo 'nothing' ;;
        train:--image-layers) echo 'nothing' ;;
        train:--text-layers) echo 'nothing' ;;
        train:--image-dropout) echo 'nothing' ;;
        train:--text-dropout) echo 'nothing' ;;
        train:--psi) echo 'nothing' ;;
        train:--psi-tree) echo 'nothing' ;;
        train:--tfidf-dim) echo 'nothing' ;;
        train:--tfidf-terms) echo 'nothing' ;;
        train:--validate-every) echo 'nothing' ;;
        train:--patience) echo 'nothing' ;;
        train:--checkpoint-every) echo 'nothing' ;;
        search:--count|search:-k) echo 'nothing' ;;
        search:--target) echo 'words:image text class' ;;
        search:--class) echo 'classes' ;;
        search:--min-score) echo 'nothing' ;;
        search:--rerank) echo 'nothing' ;;
        search:--graphics) echo 'words:auto kitty sixel cells blocks none' ;;
        search:--model) echo 'models' ;;
        neighbors:--count|neighbors:-k) echo 'nothing' ;;
        neighbors:--level) echo 'nothing' ;;
        neighbors:--target) echo 'words:image text class' ;;
        neighbors:--model) echo 'models' ;;
        show:--count|show:-k) echo 'nothing' ;;
        show:--graphics) echo 'words:auto kitty sixel cells blocks none' ;;
        show:--model) echo 'models' ;;
        classify:--count|classify:-k) echo 'nothing' ;;
        classify:--split) echo 'words:all train val test' ;;
        classify:--min-p) echo 'nothing' ;;
        classify:--images) echo 'folders' ;;
        classify:--columns) echo 'nothing' ;;
        classify:--model) echo 'models' ;;
        export:--what) echo 'words:image-features text-features image-embeddings text-embeddings class-embeddings items model' ;;
        export:--to) echo 'words:jsonl sql faiss-npy projector' ;;
        export:--output|export:-o) echo 'files' ;;
        export:--vectors) echo 'words:embeddings features none' ;;
        export:--table) echo 'nothing' ;;
        export:--model) echo 'models' ;;
        eval:--split) echo 'words:train val test' ;;
        eval:--fail-under) echo 'nothing' ;;
        eval:--image-embeddings) echo 'files' ;;
        eval:--text-embeddings) echo 'files' ;;
        eval:--ids) echo 'files' ;;
        eval:--draws) echo 'nothing' ;;
        eval:--seed) echo 'nothing' ;;
        eval:--model) echo 'models' ;;
        bench:--methods) echo 'methods' ;;
        bench:--seeds) echo 'nothing' ;;
        bench:--steps) echo 'nothing' ;;
        bench:--tune) echo 'nothing' ;;
        bench:--output|bench:-o) echo 'files' ;;
        models:--token) echo 'files' ;;
        *:--color) echo 'words:auto always never' ;;
        *:--progress) echo 'words:auto plain json none' ;;
        *:--threads) echo 'nothing' ;;
        *:--models) echo 'folders' ;;
        *:--data) echo 'folders' ;;
        *:--ca-file) echo 'files' ;;
        *:--config) echo 'files' ;;
    esac
}

_huse_tui_operand() {
    case $1:$2 in
        import:0) echo 'files' ;;
        embed:0) echo 'workspaces' ;;
        train:0) echo 'workspaces' ;;
        search:0) echo 'workspaces' ;;
        search:1) echo 'terms' ;;
        neighbors:0) echo 'workspaces' ;;
        neighbors:1) echo 'places' ;;
        show:0) echo 'workspaces' ;;
        show:1) echo 'items' ;;
        classify:0) echo 'workspaces' ;;
        classify:1) echo 'files' ;;
        export:0) echo 'workspaces' ;;
        eval:0) echo 'workspaces' ;;
        bench:0) echo 'workspaces' ;;
        runs:0) echo 'workspaces' ;;
        models:0) echo 'words:list pull verify rm path' ;;
        models:1) echo 'weights' ;;
        doctor:0) echo 'workspaces' ;;
        config:0) echo 'words:get set unset path' ;;
        config:1) echo 'settings' ;;
        help:0) echo 'commands' ;;
    esac
}

_huse_tui_commands='import embed train search neighbors show classify export eval bench runs models doctor demo config help'

# Offers what a kind of argument may become; the words typed before lead to the workspace.
_huse_tui_offer() {
    local kind=$1 cur=$2 line
    shift 2
    case $kind in
        '' | nothing) ;;
        words:*) mapfile -t COMPREPLY < <(compgen -W "${kind#words:}" -- "$cur") ;;
        files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        *)
            compopt -o filenames
            mapfile -t COMPREPLY < <("$_huse_tui_program" __complete "$kind" "$cur" "$@" 2>/dev/null)
            if [[ $kind == workspaces ]]; then
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
            fi ;;
    esac
}

# A word that bash cut at =, : or @ is put together again; what stands before the last of them is taken off what is offered.
_huse_tui() {
    local words=() word command='' kind='' cur='' cut='' i operands=0 _huse_tui_program=${COMP_WORDS[0]}
    COMPREPLY=()
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $word == [=:@]* || ${COMP_WORDS[i-1]} == *[=:@] ]] && ((${#words[@]})) &&
            [[ ${COMP_LINE:0:COMP_POINT} == *"${words[-1]}$word"* ]]; then
            ((i == COMP_CWORD)) && [[ ${COMP_WORDS[i-1]} == *[=:] ]] && cut=${words[-1]}
            ((i == COMP_CWORD)) && [[ $word == [=:] ]] && cut=${words[-1]}$word
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    cur=${words[-1]}
    unset 'words[-1]'
    cur=${cur#[\'\"]}
    cur=${cur//\\/}
    for word in "${words[@]}"; do
        if [[ $kind == skip ]]; then
            kind=''
        elif [[ $word == -* ]]; then
            [[ $word != *=* && -n $(_huse_tui_argument "$command" "$word") ]] && kind=skip
        elif [[ -z $command && " $_huse_tui_commands " == *" $word "* ]]; then
            command=$word
        else
            operands=$((operands + 1))
        fi
    done
    if [[ $kind == skip ]]; then
        _huse_tui_offer "$(_huse_tui_argument "$command" "${words[-1]}")" "$cur" "${words[@]}"
    elif [[ $cur == --*=* ]]; then
        _huse_tui_offer "$(_huse_tui_argument "$command" "${cur%%=*}")" "${cur#*=}" "${words[@]}"
        cut=${cut#"${cur%%=*}="}
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_huse_tui_options "$command")" -- "$cur")
    elif [[ -z $command ]] && ((operands == 0)); then
        _huse_tui_offer workspaces "$cur" "${words[@]}"
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$_huse_tui_commands" -- "$cur")
    elif [[ -n $command ]]; then
        _huse_tui_offer "$(_huse_tui_operand "$command" $operands)" "$cur" "${words[@]}"
    fi
    if [[ -n $cut ]]; then
        for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$cut"}; done
    fi
}
complete -F _huse_tui huse-tui
