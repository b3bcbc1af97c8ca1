/*
 * A Slurm of a test's own: munged, slurmctld and two slurmd, each slurmd in a PID, UTS and mount namespace with a machine's
 * id of its own, so that what runs there runs on a host of its own. What they share is the disk.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { noHosts, onHost } from '../../support/hosts.ts'
import { eventually as polled } from '../../support/poll.ts'

const NODES = ['n1', 'n2'] as const
/** A node of the cluster. */
export type Node = (typeof NODES)[number]

/** A job or a task of an array, as `scontrol` tells it. */
export interface Job {
  state: string
  node: string
  exitCode: string
  restarts: number
}

export interface Slurm {
  /** What commands of Slurm, and whoever calls them, need in their environment. */
  env: Record<string, string>
  /** Runs a command of Slurm and gives what it printed. */
  command(program: string, ...args: string[]): string
  /** A job, or a task such as 12_3. */
  job(id: string): Job
  /** Waits until a job is in one of these states. */
  until(id: string, states: RegExp, limitMs?: number): Promise<Job>
  /** Cuts a node's power: everything on it is gone at once. */
  cut(node: Node): Promise<void>
  /** Starts a node again. */
  boot(node: Node): void
  /** What its daemons said. */
  said(): string
  stop(): Promise<void>
}

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol', 'scancel'] as const
const PATH = [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter)
const POLL_MS = 200
const UP_WITHIN_MS = 30_000
const MACHINES = { n1: '1'.repeat(32), n2: '2'.repeat(32) }
const UUID_REST = '-0000-4000-8000-000000000000'

/** Why there is no Slurm here; null where there is. */
export const noSlurm: string | null = whyNot()

/** Starts a Slurm whose files lie in `folder`. */
export async function startSlurm(folder: string): Promise<Slurm> {
  mkdirSync(folder, { recursive: true })
  const path = (name: string): string => join(folder, name)
  const conf = path('slurm.conf')
  const socket = path('munge.socket')
  const [controller, ...ports] = await freePorts(3)
  const env = { SLURM_CONF: conf, PATH }
  mkdirSync(path('state'))
  writeFileSync(conf, configuration(folder, socket, controller!, ports))
  // Any two devices will do: what matters is which of them a task is allotted.
  writeFileSync(path('gres.conf'), 'Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n')
  writeFileSync(path('munge.key'), Buffer.alloc(128, 7), { mode: 0o600 })
  chmodSync(folder, 0o755)
  const daemons = new Map<string, ChildProcess>()
  const launch = (name: string, [program, ...args]: string[]): void => {
    const log = openSync(path(`${name}.out`), 'a')
    daemons.set(
      name,
      spawn(program!, args, {
        stdio: ['ignore', log, log],
        env: { ...process.env, ...env },
        detached: true,
      }),
    )
    closeSync(log)
  }
  const boot = (node: Node): void => {
    const host = {
      name: node,
      machine: MACHINES[node],
      boot: `${crypto.randomUUID().slice(0, 8)}${UUID_REST}`,
    }
    launch(node, [...onHost(host, path('ids')), 'slurmd', '-D', '-N', node])
  }
  const files = ['pid', 'log', 'seed'].map((name) => `--${name}-file=${path(`munge.${name}`)}`)
  launch('munged', [
    'munged',
    '--foreground',
    '--force',
    `--socket=${socket}`,
    `--key-file=${path('munge.key')}`,
    ...files,
  ])
  launch('slurmctld', ['slurmctld', '-D', '-c'])
  for (const node of NODES) boot(node)
  const command = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
  const slurm: Slurm = {
    env,
    command,
    job: (id) => jobOf(command('scontrol', '--oneliner', 'show', 'job', id)),
    until: (id, states, limitMs = 120_000) =>
      eventually(limitMs, () => {
        const job = slurm.job(id)
        if (states.test(job.state)) return job
        throw new Error(`Job ${id} is ${job.state}, not ${states}:\n${slurm.said()}`)
      }),
    async cut(node) {
      await end(daemons.get(node)!)
    },
    boot,
    said: () =>
      [...daemons.keys()]
        .map((name) => readFileSync(path(`${name}.out`), 'utf8').slice(-4_000))
        .join('\n'),
    async stop() {
      for (const name of [...NODES, 'slurmctld', 'munged']) {
        // oxlint-disable-next-line no-await-in-loop -- each needs the next one to end
        await end(daemons.get(name)!)
      }
    },
  }
  await untilUp(slurm)
  return slurm
}

/** Looks seldom, as there are few processors and many runs. */
export function eventually<Value>(limitMs: number, look: () => Value): Promise<Value> {
  return polled(limitMs, look, POLL_MS)
}

function configuration(
  folder: string,
  socket: string,
  controller: number,
  ports: readonly number[],
): string {
  const nodes = NODES.map(
    (name, at) => `NodeName=${name} NodeHostname=localhost Port=${ports[at]} CPUs=2 Gres=gpu:2`,
  )
  return [
    'ClusterName=jarvis',
    'SlurmctldHost=localhost',
    'SlurmUser=root',
    `SlurmctldPort=${controller}`,
    // A job that is requeued waits until what its first start was allowed by is not valid any more.
    `AuthInfo=socket=${socket},cred_expire=20`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool.%n`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd.%n.pid`,
    // Signals reach every process of a job, which is what a run has most trouble with.
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core',
    'MpiDefault=none',
    'JobAcctGatherType=jobacct_gather/none',
    'GresTypes=gpu',
    'ReturnToService=2',
    'SlurmdTimeout=10',
    'KillWait=30',
    'SchedulerParameters=batch_sched_delay=0',
    ...nodes,
    'PartitionName=gpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    '',
  ].join('\n')
}

function jobOf(text: string): Job {
  const line = text.trim().split('\n').at(-1) ?? ''
  const value = (key: string): string => new RegExp(`(?:^| )${key}=(\\S*)`).exec(line)?.[1] ?? ''
  return {
    state: value('JobState'),
    node: value('NodeList'),
    exitCode: value('ExitCode'),
    restarts: Number(value('Restarts')),
  }
}

async function untilUp(slurm: Slurm): Promise<void> {
  await eventually(UP_WITHIN_MS, () => {
    const state = safely(() => slurm.command('sinfo', '--noheader', '--format=%T %D'))
    if (!/^idle 2$/m.test(state))
      throw new Error(`Slurm does not come up (${state}):\n${slurm.said()}`)
  })
}

function safely(ask: () => string): string {
  try {
    return ask()
  } catch {
    return ''
  }
}

/** Ends a daemon and its namespace; what it had started goes with that. */
async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const ended = once(daemon, 'exit')
  daemon.kill('SIGKILL')
  await ended
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0)
      await once(server, 'listening')
      return (server.address() as { port: number }).port
    }),
  )
  for (const server of servers) server.close()
  return ports
}

function whyNot(): string | null {
  if (noHosts !== null) return noHosts
  if (process.getuid?.() !== 0) return 'slurmd starts jobs as root only'
  const missing = PROGRAMS.find(
    (name) =>
      spawnSync(name, ['--version'], { env: { ...process.env, PATH }, stdio: 'ignore' }).error,
  )
  const advice = 'apt-get install slurmctld slurmd slurm-client munge'
  return missing === undefined ? null : `${missing} is not here: ${advice}`
}
