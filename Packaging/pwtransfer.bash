
# From here on not from the parser. Bash splits words at : and =, as in usb:2e8a:000a and --port=NODE; the functions above
# know only whole words, and options apart from their values.
#
# Readline leaves a dollar sign in what it takes for the name of a file unquoted, and so would hand the name of a port to the
# shell. So words that are no files are quoted here, and it is told that they are none.
__pwtransfer_add_completions() {
    local completion quoted
    # shellcheck disable=SC2154 # a variable of the calling function
    local -r typed=$cur
    if [[ $1 != -W ]]; then
        while IFS='' read -r completion; do COMPREPLY+=("$completion"); done < <(IFS=$'\n' compgen "$@" -- "$typed")
        return
    fi
    compopt +o filenames 2>/dev/null
    while IFS='' read -r completion; do
        printf -v quoted %q "$completion"
        if [[ $completion == "$typed"* || $quoted == "$typed"* ]]; then COMPREPLY+=("$quoted"); fi
    done < <(IFS=$'\n' compgen "$@")
}

_pwtransfer_whole_words() {
    local -a words=()
    local -r breaks=${COMP_WORDBREAKS//[^:=]/}
    local rest=${COMP_LINE:0:COMP_POINT} piece last_piece='' is_separate
    local -i index
    for ((index = 0; index <= COMP_CWORD; index++)); do
        is_separate=yes
        if ((index > 0)) && [[ -n $rest && $rest != [[:space:]]* ]]; then is_separate=no; fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        piece=${COMP_WORDS[index]}
        # Only up to the cursor.
        ((index == COMP_CWORD)) && piece=$rest
        rest=${rest#"$piece"}
        if [[ $is_separate == no && $last_piece$piece == *[:=]* ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        last_piece=$piece
    done

    local -a COMP_WORDS=()
    for piece in "${words[@]}"; do
        if [[ $piece == --*=* && $breaks == *=* ]]; then
            COMP_WORDS+=("${piece%%=*}" "${piece#*=}")
        else
            COMP_WORDS+=("$piece")
        fi
    done
    local COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    local COMP_LINE=${COMP_WORDS[*]}
    local COMP_POINT=${#COMP_LINE}
    local -r current=${COMP_WORDS[COMP_CWORD]}
    _pwtransfer "$1" "$current" "${COMP_WORDS[COMP_CWORD - 1]}"

    # Readline puts in place only what follows the last : or =.
    if [[ -n $breaks && $current == *["$breaks"]* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*["$breaks"]}"}"}")
    fi
}
complete -o filenames -F _pwtransfer_whole_words pwtransfer
