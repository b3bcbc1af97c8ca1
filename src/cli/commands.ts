import type { Command } from './command.ts'

/** Each is loaded when it is asked for. */
export const commands: Readonly<Record<string, { summary: string; load(): Promise<Command> }>> = {
  init: {
    summary: 'write a plan and a scenario for each domain',
    load: async () => (await import('./init/init.ts')).initCommand,
  },
  run: {
    summary: 'run a plan',
    load: async () => (await import('./run.ts')).runCommand,
  },
  split: {
    summary: 'divide a plan into parts for several machines',
    load: async () => (await import('./split.ts')).splitCommand,
  },
  submit: {
    summary: 'give a plan in parts to Slurm or Kubernetes',
    load: async () => (await import('./submit.ts')).submitCommand,
  },
  merge: {
    summary: 'make one session of the parts of a divided plan',
    load: async () => (await import('./merge.ts')).mergeCommand,
  },
  resume: {
    summary: 'go on with a session whose run died or was cancelled',
    load: async () => (await import('./resume.ts')).resumeCommand,
  },
  doctor: {
    summary: 'say what a plan needs and what of it is not there',
    load: async () => (await import('./doctor/doctor.ts')).doctorCommand,
  },
  memory: {
    summary: 'say what models take in memory, as runs have shown it',
    load: async () => (await import('./memory/memory.ts')).memoryCommand,
  },
  watch: {
    summary: 'show a run that goes on in another terminal, or is over',
    load: async () => (await import('./watch.ts')).watchCommand,
  },
  compare: {
    summary: 'say what broke, got slower or was fixed between two sessions',
    load: async () => (await import('./history/compare.ts')).compareCommand,
  },
  trend: {
    summary: 'follow one number over all runs of whole plans',
    load: async () => (await import('./history/trend.ts')).trendCommand,
  },
  check: {
    summary: 'judge a session by gates',
    load: async () => (await import('./history/check.ts')).checkCommand,
  },
  baseline: {
    summary: 'name a session that later ones are compared with',
    load: async () => (await import('./history/baseline.ts')).baselineCommand,
  },
  pin: {
    summary: 'keep a session from being pruned',
    load: async () => (await import('./history/pin.ts')).pinCommand,
  },
  prune: {
    summary: 'remove old sessions',
    load: async () => (await import('./history/prune.ts')).pruneCommand,
  },
  verify: {
    summary: 'say whether a session is whole and undamaged',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  recover: {
    summary: 'put right what can be of a session, also of one whose run died on another host',
    load: async () => (await import('./recover.ts')).recoverCommand,
  },
  import: {
    summary: 'take over sessions of the Python runner',
    load: async () => (await import('./import/import.ts')).importCommand,
  },
  report: {
    summary: 'make report.xlsx and report.html of a session',
    load: async () => (await import('./report.ts')).reportCommand,
  },
  list: {
    summary: 'list the sessions',
    load: async () => (await import('./sessions/list.ts')).listCommand,
  },
  show: {
    summary: 'show a session: what it ran, what failed and why',
    load: async () => (await import('./sessions/show.ts')).showCommand,
  },
  completion: {
    summary: 'let the shell complete commands, options, sessions, plans and metrics',
    load: async () => (await import('./completion/completion.ts')).completionCommand,
  },
  export: {
    summary: 'write the results of sessions as CSV or JSON lines',
    load: async () => (await import('./sessions/export.ts')).exportCommand,
  },
}
