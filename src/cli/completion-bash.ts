/**
 * The script for bash. Our own: it needs nothing beside bash 4.4 (no package bash-completion), does
 * not run what stands on the line, and may be read twice.
 */
export const BASH_COMPLETION = `# bash completion for holdfast

__holdfast_complete() {
    local typed current cut='' value directive=4
    # Not COMP_WORDS: bash has split those at ":" and "=", which are parts of agents' names and options.
    read -ra typed <<< "\${COMP_LINE:0:COMP_POINT}"
    [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && typed+=('')
    current=\${typed[\${#typed[@]} - 1]}
    # What stands before the last of these is on the line already, and bash would not replace it.
    [[ $current == *[:=]* ]] && cut=\${current%"\${current##*[:=]}"}

    COMPREPLY=()
    while IFS=$'\\t' read -r value _; do
        if [[ $value =~ ^:[0-9]+$ ]]; then
            directive=\${value#:}
        elif [[ $value == "$current"* ]]; then
            COMPREPLY+=("\${value#"$cut"}")
        fi
    done < <("$1" complete -- "\${typed[@]:1}" 2> /dev/null)

    # 4: nothing else is offered; without it, files are.
    ((directive & 4)) || compopt -o default
}

complete -F __holdfast_complete holdfast
`;
