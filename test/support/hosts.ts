/*
 * Hosts of a test on one machine: each is a PID and UTS namespace of its own, in which other files stand in for the
 * machine's id and the id of its start. What they share is the disk, as hosts do that mount one folder.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'
import { type RunOptions, start, type Running } from './run.ts'

/** A host; two with the same `machine` are one machine, with the same `boot` since the same start of it. */
export interface Host {
  name: string
  /** 32 hexadecimal digits. */
  machine: string
  boot: string
}

export const BOX_A: Host = {
  name: 'box-a',
  machine: 'a'.repeat(32),
  boot: 'aaaaaaaa-0000-4000-8000-000000000000',
}
export const BOX_B: Host = {
  name: 'box-b',
  machine: 'b'.repeat(32),
  boot: 'bbbbbbbb-0000-4000-8000-000000000000',
}

const SCRIPT = `
hostname "$1" && mount --bind "$2" /etc/machine-id &&
  mount --bind "$3" /proc/sys/kernel/random/boot_id || exit 125
shift 3
exec "$@"`

const UNSHARE = [
  'unshare',
  '--pid',
  '--uts',
  '--mount',
  '--fork',
  '--kill-child',
  '--mount-proc',
  // Whoever is not root is so in a user namespace, where the system allows one.
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
]

/** Why this system cannot tell hosts apart; null where it can. */
export const noHosts: string | null = whyNot()

/** What to put before a command so that it runs on that host. `folder` gets the files of its ids. */
export function onHost({ name, machine, boot }: Host, folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const [machineFile, bootFile] = [join(folder, `${name}-machine`), join(folder, `${name}-boot`)]
  writeFileSync(machineFile, `${machine}\n`)
  writeFileSync(bootFile, `${boot}\n`)
  return [...UNSHARE, 'sh', '-c', SCRIPT, 'sh', name, machineFile, bootFile]
}

/** Starts a run, or another command for Node, on a host. What belongs to a machine is each host's own. */
export function startOn(host: Host, project: Project, options: RunOptions = {}): Running {
  const runtime = join(project.runtime, host.name)
  const folder = join(runtime, 'ids')
  const env = { XDG_RUNTIME_DIR: runtime, ...options.env }
  return start(project, { ...options, env, before: onHost(host, folder) })
}

/** Lets the files of a session look as if nothing had been written for so long. */
export function silence(directory: string, seconds: number): void {
  const time = Date.now() / 1_000 - seconds
  for (const name of ['state.json', 'events.jsonl']) utimesSync(join(directory, name), time, time)
}

function whyNot(): string | null {
  if (process.platform !== 'linux') return 'only Linux has namespaces'
  const folder = join(process.env['TMPDIR'] ?? '/tmp', `jarvis-hosts-${process.pid}`)
  const [program, ...args] = onHost(BOX_A, folder)
  const { status } = spawnSync(program!, [...args, 'true'], { stdio: 'ignore' })
  spawnSync('rm', ['-rf', folder])
  return status === 0 ? null : 'this system allows no namespaces of PIDs, names and mounts'
}
