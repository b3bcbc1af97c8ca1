import { readdirSync, readFileSync } from 'node:fs'

/** States of a process that somebody has stopped, or that a debugger holds. */
const STOPPED = /^State:\s+[Tt]\b/m
const TRACED = /^TracerPid:\s+[1-9]/m
/** Node's own name of the thread that talks to a debugger. */
const INSPECTOR_THREAD = 'InspectorIo'

/**
 * Whether somebody holds a process: stopped by a signal, traced, or with Node's inspector open, also where it was
 * opened from outside and the process has not been able to tell. Only Linux shows it.
 */
export function isHeld(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return STOPPED.test(status) || TRACED.test(status) || hasInspector(pid)
  } catch {
    return false
  }
}

function hasInspector(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some(
    (thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim() === INSPECTOR_THREAD,
  )
}
