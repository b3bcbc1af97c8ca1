import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { JarvisError, messageOf } from '../errors.ts'
import { isThere } from '../host/is-there.ts'
import { localStamp } from '../host/local-time.ts'
import { makeFolder } from '../host/make-folder.ts'
import type { Cluster } from '../plan/index.ts'
import type { Split } from '../split/split-file.ts'

/** The parts of a plan that a scheduler is given, and where everything of them lies. */
export interface Submission {
  /** What the whole is called, in sessions and by the scheduler: `night-20261129_234512`. */
  id: string
  /** The plan's stem as a short name that schedulers take. */
  name: string
  /** As `jarvis run` takes it. */
  plan: string
  split: Split
  wishes: Cluster
  /** Absolute: the project. */
  root: string
  /** Absolute: the folder of sessions. */
  logs: string
  /** Absolute: what belongs to this submission alone. */
  folder: string
}

/** Beside the sessions, and none of them. */
const FOLDER = 'submitted'
/** A job of Kubernetes puts more behind its name, and has 63 characters in all. */
const LONGEST_NAME = 24
const MOST_TRIES = 100

/** A submission that nobody has made yet. */
export async function newSubmission(
  known: Pick<Submission, 'plan' | 'split' | 'wishes' | 'root' | 'logs'>,
  now: Date = new Date(),
): Promise<Submission> {
  const name = shortName(known.plan)
  for (let count = 1; count <= MOST_TRIES; count += 1) {
    const id = `${name}-${localStamp(now)}${count === 1 ? '' : `_${count}`}`
    const folder = join(known.logs, FOLDER, id)
    // oxlint-disable-next-line no-await-in-loop -- the first that is free
    if (!(await isThere(folder))) return { ...known, id, name, folder }
  }
  throw new JarvisError('USAGE', `${join(known.logs, FOLDER)} has too many submissions: clear it.`)
}

/**
 * Writes the files of a submission, by their names, into a folder of its own.
 *
 * @throws JarvisError SESSION_UNWRITABLE
 */
export async function writeSubmission(
  { folder }: Submission,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    makeFolder(join(folder, '..'))
    // Another one of this second has it otherwise.
    await mkdir(folder)
    await Promise.all(
      Object.entries(files).map(([name, text]) =>
        writeFile(join(folder, name), text, { flag: 'wx' }),
      ),
    )
  } catch (error) {
    const what = `The submission cannot be written to ${folder}: ${messageOf(error)}`
    const advice = 'Say by JARVIS_LOGS where sessions are to lie'
    throw new JarvisError('SESSION_UNWRITABLE', `${what}. ${advice}.`, { cause: error })
  }
}

/** Nothing was submitted after all. */
export async function removeSubmission({ folder }: Submission): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

function shortName(plan: string): string {
  const stem = basename(plan)
    .replace(/\.ya?ml$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-\d]+|-+$/g, '')
  return stem.slice(0, LONGEST_NAME).replace(/-+$/, '') || 'plan'
}
