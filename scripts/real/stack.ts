import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { realFolder } from './place.ts'

/** What one part of the stack came to; `stack.json` and `parts/NAME.json` hold it as it stands. */
export interface StackPart {
  status: 'installed' | 'skipped' | 'failed'
  /** Why it is not there. */
  reason: string | null
  /** Of the program or the model, as it tells itself. */
  version: string | null
  /** Where it came from: `PATH`, or the packages and modules with their versions. */
  from: string[]
  /** What it is found by: `program`, `model` and the like. */
  paths: Record<string, string>
  licences: Licence[]
  seconds: number | null
  bytes: number | null
  /** Of the recipe: another one is carried out anew. */
  revision: string
  finished: string
}

/** What may be done with a part, and the file that says so. */
export interface Licence {
  of: string
  licence: string
  /** In the folder `licences` of the stack, or where the package has it. */
  file: string | null
}

/** `stack.json` in the folder of the stack: what is there, which versions, from where. */
export interface Stack {
  schema_version: 1
  root: string
  parts: Record<string, StackPart>
}

const FILE = 'stack.json'

/** The stack that is installed on this machine; without a part where nothing is. */
export function readStack(root: string = realFolder()): Stack {
  const folder = join(root, 'parts')
  const parts = namesIn(folder).flatMap((file) => {
    const part = partOf(join(folder, file))
    return part === null ? [] : [[file.replace(/\.json$/, ''), part] as const]
  })
  return { schema_version: 1, root, parts: Object.fromEntries(parts) }
}

/** Writes down what became of a part, and `stack.json` with all parts. */
export function writePart(root: string, name: string, part: StackPart): void {
  mkdirSync(join(root, 'parts'), { recursive: true })
  replace(join(root, 'parts', `${name}.json`), part)
  replace(join(root, FILE), readStack(root))
}

/** Takes a part out of the stack, before it is made anew. */
export function forgetPart(root: string, name: string): void {
  rmSync(join(root, 'parts', `${name}.json`), { force: true })
}

/** The environment in which jarvis and its engines find the stack, over that of this process. */
export function stackEnvironment(
  stack: Stack,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const models = stack.parts['ollama']?.paths['models']
  return {
    ...env,
    JARVIS_REAL: stack.root,
    PATH: [join(stack.root, 'bin'), env['PATH'] ?? ''].join(delimiter),
    ...(models !== undefined && { OLLAMA_MODELS: models }),
  }
}

function partOf(path: string): StackPart | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StackPart
  } catch {
    return null
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

/** Never half of it, also when the installer is interrupted. */
function replace(path: string, value: unknown): void {
  writeFileSync(`${path}.tmp`, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(`${path}.tmp`, path)
}
