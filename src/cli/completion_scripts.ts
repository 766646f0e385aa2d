/**
 * The scripts that connect shells to `sentinel __complete`. They hold no word of any command: what
 * may be typed is asked of the program that would run it.
 *
 * @module
 */

/** Shells that can be served. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

const BASH = `# Completion of sentinel for bash. In ~/.bashrc: source <(sentinel completion bash)
_sentinel() {
  local kind line index
  COMPREPLY=()
  {
    IFS= read -r kind || return 0
    while IFS= read -r line; do COMPREPLY+=("$line"); done
  } < <(command sentinel __complete bash "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $kind in
    # Nothing but what was suggested: no file names in their place.
    words) compopt +o default 2>/dev/null ;;
    command)
      for ((index = 1; index < COMP_CWORD; index++)); do
        [[ \${COMP_WORDS[index]} == -- ]] && break
      done
      if declare -F _command_offset >/dev/null; then
        _command_offset $((index + 1))
      elif ((COMP_CWORD == index + 1)); then
        while IFS= read -r line; do
          COMPREPLY+=("$line")
        done < <(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}")
      fi
      ;;
  esac
  return 0
}
complete -o default -F _sentinel sentinel
`;

const ZSH = `#compdef sentinel
# Completion of sentinel for zsh. In ~/.zshrc, after compinit: source <(sentinel completion zsh)
_sentinel() {
  local -a lines values shown
  local line
  lines=("\${(@f)$(command sentinel __complete zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case \${lines[1]} in
    words)
      for line in "\${(@)lines[2,-1]}"; do
        values+=("\${line%%$'\\t'*}")
        shown+=("\${line/$'\\t'/  -- }")
      done
      compadd -l -d shown -a -- values
      ;;
    files) _files ;;
    command)
      local -i index=\${words[(i)--]}
      words=("\${(@)words[index+1,-1]}")
      ((CURRENT -= index))
      _normal
      ;;
  esac
}
if [[ \${funcstack[1]} == _sentinel ]]; then
  _sentinel "$@"
else
  compdef _sentinel sentinel
fi
`;

const FISH = `# Completion of sentinel for fish. In config.fish: sentinel completion fish | source
function __sentinel_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -q current[1]; or set current ''
    set -l lines (command sentinel __complete fish $typed[2..-1] $current[1] 2>/dev/null)
    switch "$lines[1]"
        case words
            test (count $lines) -gt 1; and printf '%s\\n' $lines[2..-1]
        case files
            __fish_complete_path $current[1]
        case command
            set -l index (contains -i -- -- $typed)
            set -l rest $typed[(math $index + 1)..-1]
            complete -C (string join ' ' -- (string escape -- $rest) $current[1])
    end
end
complete -c sentinel -f -a '(__sentinel_complete)'
`;

const POWERSHELL = `# Completion of sentinel for PowerShell. In $PROFILE:
#   sentinel completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName sentinel -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
            else { $_.Extent.Text }
        })
    $count = $words.Count
    if ($wordToComplete -eq '') { $count++ }
    $program = Get-Command -Name sentinel -CommandType Application | Select-Object -First 1
    $lines = @(& $program __complete powershell $count @words 2>$null)
    if ($lines.Count -eq 0 -or $lines[0] -ne 'words') { return }
    foreach ($line in $lines[1..($lines.Count - 1)]) {
        $value, $summary = $line -split "\`t", 2
        if (-not $summary) { $summary = $value }
        $typed = $value
        if ($value -notmatch '^[A-Za-z0-9_./:=+-]+$') { $typed = "'" + ($value -replace "'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($typed, $value, 'ParameterValue', $summary)
    }
}
`;

/** The script for `shell`. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
