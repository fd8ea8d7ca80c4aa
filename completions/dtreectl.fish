# fish completion for dtreectl, which says itself what a word may become: `dtreectl complete`.

function __dtreectl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l current (string replace -r '^--[a-z-]+=' '' -- $words[-1])
    set -l head (string sub -l (math (string length -- $words[-1]) - (string length -- $current)) -- $words[-1])
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case files:
                printf '%s\n' $head(__fish_complete_path $current)
            case directories:
                printf '%s\n' $head(__fish_complete_directories $current)
            case '*'
                echo $line
        end
    end
end

complete -c dtreectl -f -a '(__dtreectl_complete)'
