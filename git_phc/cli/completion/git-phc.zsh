#compdef git-phc
#description give coding agents tasks, kept in this repository

# Completion of `git phc` and `git-phc` in zsh. Put it, as _git-phc, into a folder of $fpath:
#   git phc completion zsh > ~/.zfunc/_git-phc
# or load it, after compinit: source <(git phc completion zsh)

_git-phc() {
    emulate -L zsh
    local row
    local -a program rows values shown
    program=(git-phc)
    [[ -n ${opt_args[-C]} ]] && program=(git -C "${(Q)opt_args[-C]}" phc)
    rows=("${(@f)$("${program[@]}" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
    for row in "${rows[@]}"; do
        [[ -n $row ]] || continue
        if [[ ${row%%$'\t'*} == :files ]]; then
            _files
            return
        fi
        values+=("${row%%$'\t'*}")
        # Nothing of a title is expanded: it is neither a pattern nor a prompt.
        shown+=("${${row/$'\t'/  }%  }")
    done
    (( ${#values} )) && compadd -V git-phc -l -d shown -a values
}

if [[ $funcstack[1] == _git-phc ]]; then
    _git-phc "$@"
else
    compdef _git-phc git-phc
fi
