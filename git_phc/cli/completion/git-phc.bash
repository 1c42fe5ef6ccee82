# Completion of `git phc` and `git-phc` in bash. To load it now:
#   source <(git phc completion bash)
# and always: put that line into ~/.bashrc, or this file, as git-phc, into
# ~/.local/share/bash-completion/completions/

# `git phc`: git's own completion calls this one, and says where its command stands.
_git_phc() {
    local at=${__git_cmd_idx:-}
    if [[ -z $at ]]; then
        for ((at = 1; at < ${#words[@]}; at++)); do [[ ${words[at]} == phc ]] && break; done
    fi
    local -a where=(${__git_dir:+"--git-dir=$__git_dir"} "${__git_C_args[@]}")
    __git_phc_offer "${words[@]:at+1:cword-at}"
}

# `git-phc`: bash cuts NAME=VALUE into three words, which are one here.
__git_phc_alone() {
    local -a words=() where=()
    local i
    for ((i = 1; i <= COMP_CWORD; i++)); do
        if ((i > 1)) && [[ ${COMP_WORDS[i]} == = || ${COMP_WORDS[i - 1]} == = ]]; then
            words[${#words[@]} - 1]+=${COMP_WORDS[i]}
        else
            words+=("${COMP_WORDS[i]}")
        fi
    done
    __git_phc_offer "${words[@]}"
}

# Takes the words behind `phc`, up to the one that is typed. Nothing of an answer is ever
# expanded: a title may hold whatever it likes.
__git_phc_offer() {
    local value about
    local -a values=() shown=() program=(git-phc)
    ((${#where[@]})) && program=(git "${where[@]}" phc)
    while IFS=$'\t' read -r value about; do
        if [[ $value == :files ]]; then
            COMPREPLY=()
            return
        fi
        values+=("$value ")
        about="$value${about:+  $about}"
        shown+=("${about:0:${COLUMNS:-80} - 2}")
    done < <("${program[@]}" __complete bash "$@" 2>/dev/null </dev/null)
    compopt +o default +o bashdefault -o nospace -o nosort 2>/dev/null
    # Titles only where bash lists, and never where it would put them onto the command line.
    if ((${#values[@]} > 1)) && [[ ${COMP_TYPE:-} == 63 ]]; then
        COMPREPLY=("${shown[@]}")
    else
        COMPREPLY=("${values[@]}")
    fi
}

complete -o bashdefault -o default -o nospace -F __git_phc_alone git-phc
