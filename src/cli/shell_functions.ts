/**
 * Functions for shells: one for each profile, and one for the prompt. Names of profiles come from a
 * file and end up in code: they are quoted so that they can only ever be arguments.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import type { Shell } from "./completion_scripts.ts";

/** A profile and the function that runs commands with it. */
export interface ProfileFunction {
  readonly profile: string;
  readonly name: string;
}

/** Digits of a digest that tell one name from another. */
const DIGITS = 6;

/**
 * A function's name for each profile: `sentinel-prod` for `prod`. A name that has to be changed, or
 * that the shell would take for another's, ends in a digest of the profile's name: it means the same
 * profile whatever other profiles there are.
 */
export async function nameFunctions(
  profiles: readonly string[],
  shell: Shell,
): Promise<readonly ProfileFunction[]> {
  const plain = (profile: string) => profile.replace(/[^A-Za-z0-9_.-]+/g, "-");
  // PowerShell makes no difference between capitals and small letters.
  const key = (name: string) => shell === "powershell" ? name.toLowerCase() : name;
  const digested = await Promise.all(profiles.map(async (profile) => {
    const digest = await sha256Hex(profile);
    const isPlain = plain(profile) === profile;
    return {
      profile,
      digest,
      name: isPlain ? profile : `${plain(profile)}-${digest.slice(0, DIGITS)}`,
    };
  }));
  const counts = Map.groupBy(digested, ({ name }) => key(name));
  return digested.map(({ profile, digest, name }) => {
    const isAmbiguous = counts.get(key(name))!.length > 1;
    return { profile, name: `sentinel-${isAmbiguous ? `${plain(profile)}-${digest}` : name}` };
  });
}

/** `text` as one word of `shell`, whatever it holds. */
function quoteFor(shell: Shell, text: string): string {
  switch (shell) {
    case "bash":
    case "zsh":
      return `'${text.replaceAll("'", "'\\''")}'`;
    case "fish":
      return `'${text.replace(/['\\]/g, "\\$&")}'`;
    case "powershell":
      // These quotes all end a text there; doubled they stand for themselves.
      return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
    default:
      return assertNever(shell);
  }
}

/** The code that defines `functions` and the prompt's. */
export function shellFunctions(functions: readonly ProfileFunction[], shell: Shell): string {
  const definitions = functions.map(({ name, profile }) => {
    const flag = quoteFor(shell, `--profile=${profile}`);
    switch (shell) {
      case "bash":
      case "zsh":
        return `function ${name} { command sentinel exec ${flag} -- "$@"; }\n`;
      case "fish":
        return `function ${name}; command sentinel exec ${flag} -- $argv; end\n`;
      case "powershell":
        return `function global:${name} { & $global:SentinelProgram exec ${flag} '--' @args }\n`;
      default:
        return assertNever(shell);
    }
  });
  const { head, prompt } = FRAMES[shell];
  return `${head}${definitions.join("")}\n${prompt}`;
}

/** What stands before the functions of the profiles, and the function for the prompt. */
const FRAMES: Readonly<Record<Shell, { readonly head: string; readonly prompt: string }>> = {
  bash: {
    head: "# In ~/.bashrc: source <(sentinel shell init bash)\n",
    prompt: `# Profile and time left, for a prompt: PS1='$(sentinel_prompt)'"$PS1"
function sentinel_prompt {
  [[ -n \${AWS_SENTINEL-} ]] || return 0
  local left= at='^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$'
  if [[ \${AWS_SESSION_EXPIRATION-} =~ $at ]]; then
    local -i y=10#\${BASH_REMATCH[1]} m=10#\${BASH_REMATCH[2]} d=10#\${BASH_REMATCH[3]}
    local -i seconds=10#\${BASH_REMATCH[4]}*3600+10#\${BASH_REMATCH[5]}*60+10#\${BASH_REMATCH[6]}
    local -i now=\${EPOCHSECONDS:-$(date +%s)} minutes
    ((m > 2)) || ((y -= 1, m += 12))
    ((minutes = ((365*y + y/4 - y/100 + y/400 + (153*(m-3) + 2)/5 + d - 719469)*86400 + seconds - now) / 60))
    if ((minutes >= 60)); then left=" $((minutes / 60))h$((minutes % 60))m"
    elif ((minutes > 0)); then left=" \${minutes}m"
    else left=' expired'; fi
  fi
  printf '[%s%s] ' "\${AWS_SENTINEL//[^[:print:]]/?}" "$left"
}
`,
  },
  zsh: {
    head: "# In ~/.zshrc: source <(sentinel shell init zsh)\n",
    prompt:
      `# Profile and time left, for a prompt: setopt prompt_subst; PS1='$(sentinel_prompt)'"$PS1"
function sentinel_prompt {
  [[ -n \${AWS_SENTINEL-} ]] || return 0
  zmodload zsh/datetime
  local left= match mbegin mend MATCH MBEGIN MEND
  if [[ \${AWS_SESSION_EXPIRATION-} =~ '^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$' ]]; then
    local -i y=$((10#\${match[1]})) m=$((10#\${match[2]})) d=$((10#\${match[3]})) minutes
    local -i seconds=$((10#\${match[4]}*3600 + 10#\${match[5]}*60 + 10#\${match[6]}))
    ((m > 2)) || ((y -= 1, m += 12))
    ((minutes = ((365*y + y/4 - y/100 + y/400 + (153*(m-3) + 2)/5 + d - 719469)*86400 + seconds - EPOCHSECONDS) / 60))
    if ((minutes >= 60)); then left=" $((minutes / 60))h$((minutes % 60))m"
    elif ((minutes > 0)); then left=" \${minutes}m"
    else left=' expired'; fi
  fi
  local profile=\${AWS_SENTINEL//[^[:print:]]/?}
  # A prompt reads a percent sign once more.
  print -rn -- "[\${profile//\\%/%%}$left] "
}
`,
  },
  fish: {
    head: "# In config.fish: sentinel shell init fish | source\n",
    prompt: `# Profile and time left: call sentinel_prompt in fish_prompt.
function sentinel_prompt
    test -n "$AWS_SENTINEL"; or return 0
    set -l left
    set -l parts (string match -r '^(\\d{4})-(\\d\\d)-(\\d\\d)T(\\d\\d):(\\d\\d):(\\d\\d)Z$' -- "$AWS_SESSION_EXPIRATION")
    if test (count $parts) -eq 7
        set -l y $parts[2]
        set -l m $parts[3]
        if test $m -le 2
            set y (math $y - 1)
            set m (math $m + 12)
        end
        set -l days (math "365 * $y + floor($y / 4) - floor($y / 100) + floor($y / 400) + floor((153 * ($m - 3) + 2) / 5) + $parts[4] - 719469")
        set -l minutes (math "floor(($days * 86400 + $parts[5] * 3600 + $parts[6] * 60 + $parts[7] - "(date +%s)") / 60)")
        if test $minutes -ge 60
            set left " "(math "floor($minutes / 60)")h(math "$minutes % 60")m
        else if test $minutes -gt 0
            set left " "$minutes"m"
        else
            set left " expired"
        end
    end
    printf '[%s%s] ' (string replace -ra '[^[:print:]]' '?' -- "$AWS_SENTINEL") "$left"
end
`,
  },
  powershell: {
    head: `# In $PROFILE: sentinel shell init powershell | Out-String | Invoke-Expression
$global:SentinelProgram = Get-Command -Name sentinel -CommandType Application | Select-Object -First 1
`,
    prompt:
      `# Profile and time left, for a prompt: function prompt { "$(sentinel_prompt)PS $PWD> " }
function global:sentinel_prompt {
    if (-not $env:AWS_SENTINEL) { return '' }
    $left = ''
    if ($env:AWS_SESSION_EXPIRATION -match '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$') {
        $end = [DateTimeOffset]::Parse($env:AWS_SESSION_EXPIRATION, [Globalization.CultureInfo]::InvariantCulture)
        $minutes = [int][Math]::Floor(($end - [DateTimeOffset]::UtcNow).TotalMinutes)
        if ($minutes -ge 60) { $left = ' {0}h{1}m' -f [Math]::Floor($minutes / 60), ($minutes % 60) }
        elseif ($minutes -gt 0) { $left = " \${minutes}m" }
        else { $left = ' expired' }
    }
    "[$($env:AWS_SENTINEL -replace '\\p{C}', '?')$left] "
}
`,
  },
};
