import type { Argument, Command, Option } from 'commander';
import { commandsOf, fullName } from '../../shell/tree.js';
import type { Shell } from './flags.js';

/** What a value can be: one of these words, a folder, a file, or anything. */
type Value = readonly string[] | 'folder' | 'file' | 'anything';

/** What can follow a command. */
interface Place {
  /** Words so far, each with a space before it, such as ` cache ls`; empty at the beginning. */
  readonly at: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly {
    readonly names: readonly string[];
    readonly description: string;
    /** Absent when the flag takes no value. */
    readonly value?: Value | undefined;
  }[];
  readonly argument: Value;
}

/** A script that completes the words of `mint` in a shell. It holds all words and starts no program. */
export function completionScript(shell: Shell, program: Command): string {
  return SCRIPTS[shell](commandsOf(program).map(placeOf));
}

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = { bash, zsh, fish };

function placeOf(command: Command): Place {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  return {
    at: fullName(command).replace(/^\S+/, ''),
    commands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
    flags: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map((option) => ({
      names: [option.long, option.short].filter((name) => name !== undefined),
      description: option.description,
      value: option.required || option.optional ? expected(option, option.flags) : undefined,
    })),
    argument:
      argument === undefined
        ? 'anything'
        : expected(argument, argument.name() === 'folder' ? '<folder>' : '<file>'),
  };
}

/** The choices of a value, else what its name in angle brackets says. */
function expected({ argChoices }: Option | Argument, flags: string): Value {
  const [, kind] = /[<[](folder|file)\b/.exec(flags) ?? [];
  return argChoices ?? (kind === 'folder' || kind === 'file' ? kind : 'anything');
}

/** Flags that take a value, as patterns of a `case`: ` train --device`. */
function valued(places: readonly Place[]): { readonly patterns: string; readonly value: Value }[] {
  const groups = new Map<string, { patterns: string[]; value: Value }>();
  for (const { at, flags } of places)
    for (const { names, value } of flags) {
      if (value === undefined) continue;
      const key = String(value);
      const group = groups.get(key) ?? { patterns: [], value };
      group.patterns.push(...names.map((name) => quoted(`${at} ${name}`)));
      groups.set(key, group);
    }
  return [...groups.values()].map(({ patterns, value }) => ({ patterns: patterns.join('|'), value }));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const patternsOf = (places: readonly Place[]): string =>
  places
    .filter(({ at }) => at !== '')
    .map(({ at }) => quoted(at))
    .join('|');

function bash(places: readonly Place[]): string {
  const reply = (value: Value): string => {
    if (typeof value !== 'string') return `choices=${quoted(value.join(' '))}`;
    if (value === 'folder') return 'compopt -o dirnames +o default 2>/dev/null; return';
    return value === 'file' ? 'return' : 'compopt +o default 2>/dev/null; return';
  };
  const names = ({ flags }: Place) => quoted(flags.flatMap((flag) => flag.names).join(' '));
  const rest = ({ commands, argument }: Place) =>
    commands.length > 0 ? `choices=${quoted(commands.map(({ name }) => name).join(' '))}` : reply(argument);
  return `# Completion of mint for bash, written by: mint completion bash
_mint() {
  local line=\${COMP_LINE:0:COMP_POINT} at= flags= choices= word= before=
  local -a words
  read -ra words <<< "$line"
  # The word at the cursor is read from the line, as bash splits words at : and = too.
  local cur=
  if [[ $line != *[[:space:]] ]]; then
    cur=\${words[\${#words[@]}-1]}
    unset "words[\${#words[@]}-1]"
  fi
  for word in "\${words[@]:1}"; do
    case "$at $word" in
      ${patternsOf(places)}) at="$at $word" ;;
    esac
    before=$word
  done
  if [[ $cur == --*=* ]]; then
    before=\${cur%%=*}
    cur=\${cur#*=}
  fi
  case "$at $before" in
${valued(places)
  .map(({ patterns, value }) => `    ${patterns}) ${reply(value)} ;;`)
  .join('\n')}
  esac
  if [[ -z $choices ]]; then
    case "$at" in
${places.map((place) => `      ${quoted(place.at)}) if [[ $cur == -* ]]; then choices=${names(place)}; else ${rest(place)}; fi ;;`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$choices" -- "$cur"))
  local i
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"\${cur%"\${cur##*:}"}"}; done
  fi
}
complete -o default -F _mint mint
`;
}

function zsh(places: readonly Place[]): string {
  const reply = (value: Value): string => {
    if (typeof value !== 'string') return `compadd -- ${value.map(quoted).join(' ')}`;
    if (value === 'folder') return '_files -/';
    return value === 'file' ? '_files' : '_message value';
  };
  const described = (name: string, description: string) =>
    quoted(`${name.replaceAll(':', '\\:')}:${description}`);
  const block = ({ at, commands, flags, argument }: Place) => `    (${quoted(at)})
      flags=(${flags.flatMap(({ names, description }) => names.map((name) => described(name, description))).join(' ')})
      commands=(${commands.map(({ name, description }) => described(name, description)).join(' ')})
      if [[ $PREFIX == -* ]]; then _describe -o flag flags
      elif (( $#commands )); then _describe command commands
      else ${reply(argument)}
      fi ;;`;
  return `#compdef mint
# Completion of mint for zsh, written by: mint completion zsh
_mint() {
  local at='' word
  local -a flags commands
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${patternsOf(places)}) at="$at $word" ;;
    esac
  done
  local before=$words[CURRENT-1]
  if [[ $PREFIX == --*=* ]]; then
    before=\${PREFIX%%=*}
    compset -P '*='
  fi
  case "$at $before" in
${valued(places)
  .map(({ patterns, value }) => `    (${patterns}) ${reply(value)}; return ;;`)
  .join('\n')}
  esac
  case "$at" in
${places.map(block).join('\n')}
  esac
}
if [[ $funcstack[1] == _mint ]]; then _mint "$@"; else compdef _mint mint; fi
`;
}

function fish(places: readonly Place[]): string {
  const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const reply = (value: Value): string => {
    if (typeof value !== 'string') return `-f -a ${text(value.join(' '))}`;
    if (value === 'folder') return "-f -a '(__fish_complete_directories)'";
    return value === 'file' ? '-F' : '-f';
  };
  const name = (flag: string) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`);
  const lines = ({ at, commands, flags, argument }: Place) =>
    [
      ...commands.map(({ name, description }) => `-f -a ${name} -d ${text(description)}`),
      ...flags.map(({ names, description, value }) =>
        [
          ...names.map(name),
          value === undefined ? '-f' : `-r ${reply(value)}`,
          `-d ${text(description)}`,
        ].join(' '),
      ),
      ...(commands.length > 0 ? [] : [reply(argument)]),
    ].map((line) => `complete -c mint -n ${text(`__mint_at ${text(at)}`)} ${line}`);
  return `# Completion of mint for fish, written by: mint completion fish
function __mint_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" ${places.map(({ at }) => text(at)).join(' ')}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
${places.flatMap(lines).join('\n')}
`;
}
