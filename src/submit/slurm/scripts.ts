import { join } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { shellWord } from '../../host/shell-word.ts'
import type { SlurmWishes } from '../../plan/index.ts'
import { splitWords } from '../../plan/words.ts'
import type { Submission } from '../submission.ts'
import { optionPath } from './quoting.ts'

/** What a script starts: Node, and the program of jarvis. */
export interface Programs {
  node: string
  jarvis: string
}

export const SPLIT_FILE = 'split.json'
export const PARTS_SCRIPT = 'parts.sbatch'
export const MERGE_SCRIPT = 'merge.sbatch'

/** Slurm counts in whole minutes. */
const MINUTE_S = 60
const LONGEST_WARNING_S = 65_535
/** The exit code of what could not run. */
const COULD_NOT_RUN = 2

/** The script of the array, each task of which runs a part: sent again, it runs again, and a single task by `--array=2`. */
export function partsScript(submission: Submission, programs: Programs): string {
  const { id, name, folder, plan, split, wishes, logs } = submission
  const slurm = slurmOf(submission)
  const { partition, account, qos, gres, constraint, cpus, memory } = slurm
  const atOnce = wishes.at_once === undefined ? '' : `%${wishes.at_once}`
  return script(submission, programs, {
    options: [
      `--job-name=${name}`,
      `--array=1-${split.parts.length}${atOnce}`,
      `--output=${optionPath(folder)}/part-%a.out`,
      // What an earlier attempt said stays.
      '--open-mode=append',
      // A task whose node fails, or that is preempted, begins again and resumes its session.
      '--requeue',
      // The script has become the run itself: it alone is told, and ends what it has started.
      `--signal=B:TERM@${warnedBefore(slurm, wishes.time)}`,
      ...timeOption(wishes.time),
      ...stated({ partition, account, qos, gres, constraint }),
      ...stated({ 'cpus-per-task': cpus, mem: memory }),
      ...slurm.options,
    ],
    says: `A part of ${plan}, submitted as ${id}.`,
    variables: {
      JARVIS_PLAN: plan,
      JARVIS_LOGS: logs,
      JARVIS_RUN: id,
      JARVIS_SPLIT: join(folder, SPLIT_FILE),
    },
    // Another part may have the machine, or the attempt before this one may still be ending.
    further: ['export JARVIS_WAIT="${JARVIS_WAIT:-true}"'],
    command: ['run', '--plain'],
  })
}

/** The script that makes one session of the parts; it can run again. */
export function mergeScript(submission: Submission, programs: Programs): string {
  const { id, name, folder, plan, logs } = submission
  const { merge_partition, partition: own, account, qos } = slurmOf(submission)
  return script(submission, programs, {
    options: [
      `--job-name=${name}-merge`,
      `--output=${optionPath(folder)}/merge.out`,
      '--open-mode=append',
      '--requeue',
      ...stated({ partition: merge_partition ?? own, account, qos }),
    ],
    says: `One session of the parts of ${plan}, submitted as ${id}.`,
    variables: { JARVIS_LOGS: logs },
    command: ['merge', logs, '--run', id],
  })
}

interface Script {
  options: readonly string[]
  says: string
  variables: Readonly<Record<string, string>>
  /** Lines of shell. */
  further?: readonly string[]
  command: readonly string[]
}

function script(
  submission: Submission,
  programs: Programs,
  { options, says, variables, further = [], command }: Script,
): string {
  const { root } = submission
  const { modules, container, node = programs.node } = slurmOf(submission)
  const words = [...containerWords(container), node, programs.jarvis, ...command]
  return [
    // `module` is a function that the profile defines.
    modules.length > 0 ? '#!/bin/bash -l' : '#!/bin/sh',
    ...options.map((option) => `#SBATCH ${option}`),
    '',
    `# ${says.replaceAll(/\p{Cc}/gu, ' ')}`,
    `cd ${shellWord(root)} || exit ${COULD_NOT_RUN}`,
    ...modules.map((module) => `module load ${shellWord(module)} || exit ${COULD_NOT_RUN}`),
    // What the one who submits has set for a run of their own.
    'unset JARVIS_SHARD JARVIS_RESUME JARVIS_RESUME_OPTIONS',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    ...further,
    `exec ${words.map(shellWord).join(' ')}`,
    '',
  ].join('\n')
}

function slurmOf({ wishes: { slurm }, plan }: Submission): SlurmWishes {
  if (slurm !== undefined) return slurm
  const what = `${plan} does not say what to ask Slurm for`
  throw new JarvisError(
    'USAGE',
    `${what}: add cluster: { slurm: { partition: NAME, gres: "gpu:1" } } (docs/schedulers.md).`,
  )
}

function stated(options: Readonly<Record<string, string | number | undefined>>): string[] {
  const there = Object.entries(options).filter(([, value]) => value !== undefined)
  return there.map(([name, value]) => `--${name}=${value}`)
}

/** A part that is told at once that its time is over never does anything. */
function warnedBefore({ warn }: SlurmWishes, time: number | undefined): number {
  return Math.min(
    Math.ceil(warn),
    Math.ceil((time ?? Number.POSITIVE_INFINITY) / 2),
    LONGEST_WARNING_S,
  )
}

function timeOption(seconds: number | undefined): string[] {
  return seconds === undefined ? [] : [`--time=${Math.max(1, Math.ceil(seconds / MINUTE_S))}`]
}

function containerWords(container: SlurmWishes['container']): readonly string[] {
  if (container === undefined || typeof container !== 'string') return container ?? []
  const split = splitWords(container)
  return 'words' in split ? split.words : []
}
