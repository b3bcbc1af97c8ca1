import tab from '@bomb.sh/tab'
import type { Command, Terminal } from '../command.ts'
import { type Candidate, candidatesFor } from './candidates.ts'
import { type KnownOption, placesAfter, type Usage, usageOf } from './usage.ts'

type Commands = Readonly<Record<string, { summary: string; load(): Promise<Command> }>>

/** The shell completes paths by itself. */
const PATHS = ':0'

/**
 * Answers a shell that asks how a line goes on: `jarvis complete -- show RUN_`, by the protocol of the scripts that
 * `jarvis completion` prints.
 */
export async function complete(
  [, ...words]: string[],
  terminal: Terminal,
  commands: Commands,
): Promise<void> {
  for (const [name, { summary }] of Object.entries(commands)) tab.command(name, summary)
  const [name = '', ...rest] = words
  const word = rest.at(-1) ?? ''
  if (name === 'help' && rest.length > 0) {
    const all = Object.entries(commands).map(([value, { summary: about }]) => ({ value, about }))
    offer(name, [], all)
    return tab.parse(words)
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined || rest.length === 0) return tab.parse(words)
  const { help } = await entry.load()
  const usage = await withGates(name, usageOf(help))
  const before = rest.slice(0, -1)
  const asked = placeOf(name, usage, { before, word })
  const found = await Promise.all(asked.map((place) => candidatesFor(place, terminal)))
  const known = found.flatMap((each) => each ?? [])
  const isPath = found.includes(null) || (asked.includes('PLAN') && !hasFitting(known, word))
  if (isPath && !word.startsWith('-')) return terminal.write(`${PATHS}\n`)
  offer(name, usage.options, known)
  tab.parse(words)
}

/** What a command takes, and what may come here. */
function offer(name: string, options: readonly KnownOption[], found: readonly Candidate[]): void {
  const command = tab.command(name, '')
  const give = (put: (value: string, about: string) => void): void => {
    for (const { value, about } of found) put(value, about)
  }
  for (const { name: option, short, value, description } of options) {
    if (value === null) command.option(option, description, short ?? undefined)
    else command.option(option, description, (put) => give(put), short ?? undefined)
  }
  command.argument('words', (put) => give(put), true)
}

/** What may stand where the cursor is: the value of the option before it, else what comes next. */
function placeOf(
  name: string,
  usage: Usage,
  { before, word }: { before: readonly string[]; word: string },
): string[] {
  const valued = (text: string | undefined): KnownOption | undefined =>
    usage.options.find((option) => option.value !== null && isOption(text, option))
  const [own] = word.startsWith('--') && word.includes('=') ? [word.split('=')[0]] : [before.at(-1)]
  const option = valued(own)
  if (option !== undefined) return [valueOf(name, option)]
  if (name === 'watch' && before.includes('--run')) return ['ID']
  const words = before.filter(
    (text, at) => !text.startsWith('-') && valued(before[at - 1]) === undefined,
  )
  return placesAfter(usage, words)
}

function isOption(text: string | undefined, { name, short }: KnownOption): boolean {
  return text === `--${name}` || (short !== null && text === `-${short}`)
}

/** A word that means something else beside some options. */
function valueOf(command: string, { name, value }: KnownOption): string {
  if (command === 'init') return name.toUpperCase()
  return name === 'loadout' || name === 'scenario' ? '' : value!
}

function hasFitting(candidates: readonly Candidate[], word: string): boolean {
  return candidates.some(({ value }) => value.startsWith(word))
}

/** Every gate of a plan is an option of `check`, of which its help names some. */
async function withGates(name: string, usage: Usage): Promise<Usage> {
  if (name !== 'check') return usage
  const { gateNames } = await import('../../plan/gates.ts')
  const known = new Set(usage.options.map((option) => option.name))
  const more = gateNames
    .map((gate) => gate.replaceAll('_', '-'))
    .filter((gate) => !known.has(gate))
    .map((gate): KnownOption => ({ name: gate, short: null, value: 'X', description: 'a gate' }))
  return { ...usage, options: [...usage.options, ...more] }
}
