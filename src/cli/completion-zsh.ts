/**
 * The script for zsh. Our own, as for bash: names with colons (agents have them) are kept whole, and
 * nothing that stands on the line is run.
 */
export const ZSH_COMPLETION = `#compdef holdfast
# zsh completion for holdfast

_holdfast() {
    local -a offered
    local answer value text directive=4
    while IFS= read -r answer; do
        if [[ $answer =~ '^:[0-9]+$' ]]; then
            directive=\${answer#:}
            continue
        fi
        value=\${answer%%$'\\t'*} text=''
        [[ $answer == *$'\\t'* ]] && text=\${answer#*$'\\t'}
        # Behind the first colon _describe shows a description.
        offered+=("\${value//:/\\\\:}\${text:+:$text}")
    done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2> /dev/null)

    if (( \${#offered} )); then
        _describe -t names holdfast offered
    elif ! (( directive & 4 )); then
        _files
    fi
}

# Read from a directory of fpath it is called, otherwise it is announced.
if [[ \${funcstack[1]} == _holdfast ]]; then
    _holdfast "$@"
else
    compdef _holdfast holdfast
fi
`;
