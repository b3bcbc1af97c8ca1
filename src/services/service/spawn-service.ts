import { closeSync } from 'node:fs'
import type { Domain } from '../../events/index.ts'
import { identify, type ProcessIdentity } from '../../host/process-identity.ts'
import type { Command } from '../engine.ts'
import { openServiceLog } from './service-log.ts'

/** How a process ended. */
export interface Exit {
  code: number | null
  signal: string | null
}

/** A process that was just started. */
export interface Spawned extends ProcessIdentity {
  log: string
  /** Resolves when the process itself is gone; what it forked may live on. */
  exited: Promise<Exit>
}

/**
 * Starts a service: a process group of its own, no stdin, stdout and stderr on one descriptor of its log
 * file, so that nothing is lost and nothing blocks when this process dies.
 *
 * @throws Error when the program cannot be started
 */
export async function spawnService(options: {
  command: Command
  env: Record<string, string>
  /** The session's directory, and what names the log file in it. */
  directory: string
  domain: Domain
  model: string
}): Promise<Spawned> {
  const { command, env, directory, domain, model } = options
  const { execa } = await import('execa')
  const { path: log, fd } = openServiceLog(directory, domain, model)
  // The types of execa know descriptors up to 9 only.
  const descriptor = fd as 3
  try {
    const subprocess = execa(command.file, command.args, {
      cwd: command.cwd,
      env,
      extendEnv: false,
      stdio: ['ignore', descriptor, descriptor],
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
    })
    const { pid, nodeChildProcess } = subprocess
    if (pid === undefined) throw new Error((await subprocess).message)
    // A run that ends in disorder must not wait for its services: the watchdog ends them.
    nodeChildProcess.unref()
    const exited = new Promise<Exit>((resolve) => {
      nodeChildProcess.once('exit', (code, signal) => resolve({ code, signal }))
    })
    return { ...identify(pid), log, exited }
  } finally {
    closeSync(fd)
  }
}
