# Completion of `git phc` and `git-phc` in fish. To have it always:
#   git phc completion fish > ~/.config/fish/completions/git-phc.fish
# and, since fish loads that one for `git-phc` alone, in ~/.config/fish/config.fish:
#   git phc completion fish | source

function __git_phc_offer
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program git-phc
    set -l at 1
    if test "$words[1]" = git
        set at (contains -i -- phc $words); or return
        set -l folder (contains -i -- -C $words[1..$at])
        and set program git -C $words[(math $folder + 1)] phc
    end
    set -e words[1..$at]
    for row in (command $program __complete fish $words "$typed" 2>/dev/null </dev/null)
        if string match -q ':files*' -- $row
            __fish_complete_path "$typed"
        else
            printf '%s\n' $row
        end
    end
end

complete -c git-phc -f -k -a '(__git_phc_offer)'
complete -c git -n '__fish_seen_subcommand_from phc' -f -k -a '(__git_phc_offer)'
complete -c git -n '__fish_is_nth_token 1' -f -a phc -d 'Give coding agents tasks'
