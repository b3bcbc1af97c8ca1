/** What `jarvis run` looks for in the process that it has started: both are of this package, and may be of two versions of it. */
const BEGUN = 'jarvis.begun'

/** From here on what fails is a scenario, a gate or a report: the run itself could begin. */
export function noteBegun(): void {
  Reflect.set(globalThis, Symbol.for(BEGUN), true)
}

/**
 * A script for a process that runs a plan: where that ends as failed without ever having begun, its exit code is another
 * one.
 *
 * @param code - the exit code of what could not run
 */
export function exitCodeScript(code: number): string {
  return `process.on('exit', (is) => {
  const isRun = process.env.JARVIS_RUN_PID === String(process.ppid)
  if (is === 1 && isRun && !globalThis[Symbol.for('${BEGUN}')]) process.exitCode = ${code}
})`
}
