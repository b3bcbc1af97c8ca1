import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, parse, sep } from 'node:path'
import { keyVariable } from './openai-name.ts'
import type { Path, Taken } from './source.ts'
import type { Block } from './types.ts'

/** A value that is blacked out wherever it comes back, and the variable that holds it. */
export interface Secret {
  name: string
  value: string
}

/** A shorter value is not secret by where it stands alone, and one of a variable that says so must have so much. */
const LEAST_LENGTH = 8
const LEAST_NAMED = 4
/** A shorter number is a port, a count or a year. */
const LEAST_DIGITS = 6

/** Names of variables that say that their value is secret. `MAX_TOKENS` does not. */
const SECRET_NAME =
  /SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|BEARER|COOKIE|(?:^|_)(?:\w*(?<!MAX_|MIN_|NUM_|STOP_|EOS_|BOS_|PAD_)TOKEN|\w*KEY|PASS|PWD|PW|PIN|AUTH|PAT|JWT|SALT|SIGNATURE)$/i
const PLAIN_WORDS = /^(?:true|false|null|none|yes|no|on|off|auto|default|enabled|disabled)$/i
const NUMBER = /^[-+]?[\d.,_]+$/
/** An address without a user, a query or more of a path than a version. */
const ADDRESS = /^[a-z][a-z\d+.-]*:\/\/[^/@?#\s]+(?:\/v\d+)?\/?$/i
/** Parts of a service that are names and numbers. */
const NAMING_KEYS = new Set(['api', 'cwd', 'grace', 'model', 'port', 'timeout'])
const FREE_SECTIONS = new Set(['mapping', 'pipeline', 'services'])

/**
 * Which of the values that a plan takes from the environment are secret: those of a variable whose name says so, and all
 * others that are long enough and name nothing: no model or loadout, no folder, no address, no number, no word.
 */
export function secretsOf(taken: readonly Taken[], text: string): Secret[] {
  const naming = new Set(taken.filter(({ path }) => isNaming(path)).map(({ value }) => value))
  const secrets = new Map<string, Secret>()
  for (const { name, value, fallback } of taken) {
    const isSecret = SECRET_NAME.test(name)
      ? isSecretAsNamed(value)
      : !naming.has(value) && value !== fallback && isSecretAsPlaced(value, text)
    if (isSecret) secrets.set(`${name}\0${value}`, { name, value })
  }
  return [...secrets.values()]
}

/** The keys of the servers elsewhere that a plan names. */
export function openaiKeys(blocks: readonly Block[], env: NodeJS.ProcessEnv): Secret[] {
  const models = blocks.flatMap(({ loadouts }) => loadouts.flatMap((loadout) => loadout.models))
  return models.flatMap(({ engine, flags }) => {
    const name = keyVariable(flags)
    const value = env[name]
    const isSecret = engine === 'openai' && value !== undefined && isSecretAsNamed(value)
    return isSecret ? [{ name, value }] : []
  })
}

/** What stands there is told in every result: the name of the plan, models, limits. */
function isNaming(path: Path): boolean {
  const [top, , third] = path.map(String)
  if (top === 'execution') return third !== 'pipeline' && third !== 'mapping'
  if (top === 'services') return NAMING_KEYS.has(String(path.at(-1))) && third !== 'env'
  return !FREE_SECTIONS.has(top ?? '') && !top?.startsWith('x-')
}

function isSecretAsNamed(value: string): boolean {
  if (value.trim().length < LEAST_NAMED || PLAIN_WORDS.test(value.trim())) return false
  return !NUMBER.test(value) || value.length >= LEAST_DIGITS
}

function isSecretAsPlaced(value: string, text: string): boolean {
  const word = value.trim()
  if (word.length < LEAST_LENGTH || PLAIN_WORDS.test(word) || NUMBER.test(word)) return false
  if (ADDRESS.test(word) || isFolder(word)) return false
  // A word that the plan says anyway.
  return !/^[a-z]+$/i.test(word) || !text.includes(word)
}

/** A path that leads somewhere on this machine, be it only by its first folder. */
function isFolder(value: string): boolean {
  if (value.startsWith('~/')) return true
  if (!isAbsolute(value) || value === homedir()) return value === homedir()
  const { root } = parse(value)
  const [first = ''] = value.slice(root.length).split(sep)
  return first !== '' && existsSync(`${root}${first}`)
}
