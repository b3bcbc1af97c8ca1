import { setPriority } from 'node:os'
import type { Project } from './project.ts'
import { type RunOptions, start, type Running } from './run.ts'
import type { SessionFiles } from './session-files.ts'

const NICE = 4

/** Starts a run of some scenario files of the fixture `strokes`, by their stems. */
export function startStrokes(
  project: Project,
  stems: readonly string[],
  { args = [], ...options }: RunOptions = {},
): Running {
  const files = stems.map((stem) => `scenarios/llm/${stem}.scenario.ts`)
  const own = options.command && { command: [...options.command, ...args, ...files] }
  const running = start(project, { ...options, ...own, args: [...args, ...files] })
  // What spins is not to take the time of other tests.
  if (stems.some((stem) => stem.startsWith('spins'))) setPriority(running.child.pid!, NICE)
  return running
}

/** As {@link startStrokes}, where no file of it hangs, so that none is given up on a busy machine. */
export function startPatiently(
  project: Project,
  stems: readonly string[],
  options: RunOptions = {},
): Running {
  const env = { JARVIS_PLAN: 'plans/patient.yaml', ...options.env }
  return startStrokes(project, stems, { ...options, env })
}

/** `NAME: STATUS` of each result, in the order in which they were written. */
export function statusesOf(session: SessionFiles | null): string[] {
  return session?.results('llm').map(({ name, status }) => `${name}: ${status}`) ?? []
}

/** The first error of the result of that name. */
export function messageOf(session: SessionFiles | null, name: string): string {
  const result = session?.results('llm').find((one) => one.name === name)
  return result?.errors[0]?.message ?? ''
}
