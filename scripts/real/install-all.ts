import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { JarvisError, messageOf } from '../../src/errors.ts'
import { folderSize } from './folder-size.ts'
import { createJob } from './job.ts'
import type { Made, Recipe } from './recipe.ts'
import { forgetPart, readStack, type StackPart, writePart } from './stack.ts'
import { onPath, told } from './tools.ts'

export interface InstallOptions {
  /** Also what is there already. */
  again: boolean
  say: (line: string) => void
}

const LOCK = 'installing.pid'

/** Installs one part after the other; what one of them lacks, or fails at, is written down and stops no other. */
export async function installAll(
  root: string,
  recipes: readonly Recipe[],
  { again, say }: InstallOptions,
): Promise<void> {
  mkdirSync(root, { recursive: true })
  const release = lock(root)
  try {
    say(`Into ${root}, where ${gigabytes(statfsSync(root))} are free.`)
    for (const [index, recipe] of recipes.entries()) {
      const head = `[${index + 1}/${recipes.length}] ${recipe.name}`
      const there = again ? null : isThere(root, recipe)
      if (there !== null) say(`${head}: is there (${there.version ?? 'of unknown version'})`)
      // oxlint-disable-next-line no-await-in-loop -- each takes all cores
      else await installOne(root, recipe, (text) => say(`${head}: ${text}`))
    }
  } finally {
    release()
  }
}

async function installOne(
  root: string,
  recipe: Recipe,
  say: (text: string) => void,
): Promise<void> {
  say(`${recipe.title}; about ${recipe.size}, ${recipe.time}`)
  for (const { of, licence } of recipe.licences) say(`licence of ${of}: ${licence}`)
  const began = Date.now()
  const outcome = (
    status: StackPart['status'],
    reason: string | null,
    made: Made | null,
  ): StackPart => ({
    status,
    reason,
    version: made?.version ?? null,
    from: made?.from ?? [],
    paths: made?.paths ?? {},
    licences: recipe.licences.map((each) => ({
      ...each,
      file: made?.licenceFiles?.[each.of] ?? each.file,
    })),
    seconds: made === null ? null : Math.round((Date.now() - began) / 1_000),
    bytes: made === null ? null : folderSize(join(root, recipe.name), Object.values(made.paths)),
    revision: revisionOf(recipe),
    finished: new Date().toISOString(),
  })
  forgetPart(root, recipe.name)
  try {
    const job = createJob(root, recipe.name, say)
    const onMachine = recipe.program === undefined ? null : onPath(recipe.program)
    if (onMachine !== null) {
      say(`takes ${onMachine}, which is on PATH`)
      const version = /\d+(?:\.\d+)*\S*/.exec(told(onMachine, '--version') ?? '')?.[0] ?? null
      const paths = { program: job.offer(recipe.program!, onMachine) }
      writePart(root, recipe.name, outcome('installed', null, { version, from: ['PATH'], paths }))
      return
    }
    const reason = recipe.lacks()
    if (reason !== null) {
      say(`skipped: ${reason}`)
      writePart(root, recipe.name, outcome('skipped', reason, null))
      return
    }
    const made = await recipe.install(job)
    const part = outcome('installed', null, made)
    writePart(root, recipe.name, part)
    say(`installed ${part.version ?? ''} in ${part.seconds} s`)
  } catch (error) {
    say(`FAILED: ${messageOf(error)}`)
    writePart(root, recipe.name, outcome('failed', messageOf(error), null))
  }
}

/** A part that the same recipe has made and of which nothing was removed. */
function isThere(root: string, recipe: Recipe): StackPart | null {
  const part = readStack(root).parts[recipe.name]
  const isWhole =
    part?.status === 'installed' &&
    part.revision === revisionOf(recipe) &&
    Object.values(part.paths).every((path) => existsSync(path))
  return isWhole ? part : null
}

function revisionOf({ revision }: Recipe): string {
  return createHash('sha256').update(JSON.stringify(revision)).digest('hex').slice(0, 16)
}

/** Two at once would write into the same folders. */
function lock(root: string): () => void {
  const path = join(root, LOCK)
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
  } catch (error) {
    const pid = Number(readFileSync(path, 'utf8'))
    if (pid > 0 && lives(pid)) {
      throw new JarvisError(
        'RUN_LOCKED',
        `Another real:install (pid ${pid}) works in ${root}. Wait for it, or end it.`,
        { cause: error },
      )
    }
    writeFileSync(path, String(process.pid))
  }
  return () => rmSync(path, { force: true })
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function gigabytes({ bavail, bsize }: { bavail: number; bsize: number }): string {
  return `${((bavail * bsize) / 1e9).toFixed(0)} GB`
}
