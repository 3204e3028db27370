// What a shell offers after Tab, made of the commands themselves: a function of Bash, which Zsh runs as well.
import type { Command, Option } from 'commander'

/** Shells that a script can be written for. */
export const completionShells = ['bash', 'zsh'] as const
export type CompletionShell = (typeof completionShells)[number]

/** A command, by the words that lead to it, and what may come next. */
interface Place {
  readonly path: string
  readonly commands: readonly string[]
  readonly options: readonly string[]
  /** Options that are followed by a value; and those of them that have a choice of it. */
  readonly valued: ReadonlyMap<string, readonly string[]>
  /** What the first argument may be, where that is a choice. */
  readonly words: readonly string[]
}

/** The script for a shell. @param program whose `parent` is none */
export function completionScript(program: Command, shell: CompletionShell): string {
  const places = placesOf(program, program.name())
  const zsh =
    shell === 'zsh'
      ? ['#compdef countersign', 'autoload -U +X bashcompinit && bashcompinit', '']
      : ['# Written by `countersign completion bash`.', '']
  return `${[...zsh, bashFunction(places), 'complete -o default -F _countersign countersign'].join('\n')}\n`
}

function placesOf(command: Command, path: string): Place[] {
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  const below = commands.flatMap((one) =>
    one.name() === 'help' ? [] : placesOf(one, `${path} ${one.name()}`),
  )
  const options = help.visibleOptions(command)
  const valued = options.filter((option) => option.required || option.optional)
  return [
    {
      path,
      commands: commands.map((one) => one.name()),
      options: options.flatMap(formsOf),
      valued: new Map(
        valued.flatMap((option) => formsOf(option).map((form) => [form, option.argChoices ?? []])),
      ),
      words: command.registeredArguments[0]?.argChoices ?? [],
    },
    ...below,
  ]
}

function formsOf({ short, long }: Option): string[] {
  return [short, long].filter((form) => form !== undefined)
}

function bashFunction(places: readonly Place[]): string {
  const known = places.slice(1).map(({ path }) => quoted(path))
  return `_countersign() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local place='countersign' offers='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$place $word" in
      ${known.join('|')}) place="$place $word" ;;
    esac
  done
  COMPREPLY=()
  case "$place $before" in
${valuedCases(places)}    *) case "$place" in
${places.map(offersOf).join('')}    esac ;;
  esac
  COMPREPLY=($(compgen -W "$offers" -- "$cur"))
}`
}

/** After an option that takes a value: its choices, or else what the shell itself offers, such as files. */
function valuedCases(places: readonly Place[]): string {
  const all = places.flatMap(({ path, valued }) =>
    [...valued].map(([form, choices]) => ({ place: quoted(`${path} ${form}`), choices })),
  )
  const open = all.filter(({ choices }) => choices.length === 0).map(({ place }) => place)
  const chosen = all
    .filter(({ choices }) => choices.length > 0)
    .map(({ place, choices }) => `    ${place}) offers=${quoted(choices.join(' '))} ;;\n`)
  return `${chosen.join('')}    ${open.join('|')}) return ;;\n`
}

/** Options are offered to who has typed a dash, or where there is nothing else. */
function offersOf({ path, commands, options, words }: Place): string {
  const named = [...commands, ...words].join(' ')
  const usual = named === '' ? '' : quoted(named)
  return `    ${quoted(path)}) offers=${usual}; [[ "$cur" == -* ]] && offers=${quoted(options.join(' '))} ;;\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
