import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { KNOWN_DOMAINS } from '../../events/domain.ts'
import { SESSION_NAME } from '../../session/directory.ts'
import type { Terminal } from '../command.ts'
import { logsFolder } from '../find-session.ts'
import { SHELLS } from './completion.ts'

/** What a shell may offer, with a few words about it. */
export interface Candidate {
  value: string
  about: string
}

type Place = Pick<Terminal, 'cwd' | 'env'>

/** A shell would have to be told how to quote anything else. */
const PLAIN = /^[\w./:@+,-]+$/u

/** What can stand where the help of a command has this word; null: a path, which the shell itself knows best. */
export async function candidatesFor(place: string, at: Place): Promise<Candidate[] | null> {
  if (/^[a-z|]+$/u.test(place)) return plain(place.split('|'), '')
  switch (place) {
    case 'SESSION':
      return sessions(at)
    case 'A':
    case 'B':
      return [...(await baselines(at)), ...(await sessions(at))]
    case 'NAME':
      return baselines(at)
    case 'ID':
      return dividedRuns(at)
    case 'PLAN':
      return plans(at)
    case 'METRIC':
      return metrics()
    case 'SHELL':
      return plain(SHELLS, '')
    case 'ENGINE':
      return plain((await import('../init/engines.ts')).ENGINES, '')
    case 'DOMAIN':
    case 'D':
      return plain(KNOWN_DOMAINS, '')
    case 'DIR':
    case 'FILE':
    case 'PATH':
    case 'SCENARIOS.yaml':
      return null
    default:
      return []
  }
}

/** Newest first, as far as a shell keeps that. */
async function sessions(at: Place): Promise<Candidate[]> {
  const names = await readdir(logsFolder(at)).catch(() => [])
  const ours = names
    .filter((name) => SESSION_NAME.test(name))
    .toSorted()
    .toReversed()
  const latest = { value: 'latest', about: 'the newest run of a whole plan' }
  return [...(ours.length > 0 ? [latest] : []), ...plain(ours, '')]
}

async function baselines(at: Place): Promise<Candidate[]> {
  const { readBaselines } = await import('../../session/history/baselines.ts')
  const known = await readBaselines(logsFolder(at)).catch(() => new Map())
  return plain([...known.keys()], 'a baseline')
}

async function dividedRuns(at: Place): Promise<Candidate[]> {
  const { DividedRuns } = await import('../../session/parts/divided-runs.ts')
  const runs = await new DividedRuns(logsFolder(at)).read().catch(() => [])
  return runs.toReversed().flatMap(({ run, digest, count }) => {
    return plain([run ?? digest.slice(0, 12)], `${count} parts`)
  })
}

async function plans({ cwd }: Place): Promise<Candidate[]> {
  const names = await readdir(join(cwd, 'plans')).catch(() => [])
  const files = names.filter((name) => /\.ya?ml$/u.test(name) && !/^services\.ya?ml$/u.test(name))
  return plain(
    files.toSorted().map((name) => `plans/${name}`),
    '',
  )
}

async function metrics(): Promise<Candidate[]> {
  const { trendMetrics } = await import('../history/trend-metrics.ts')
  return trendMetrics().flatMap(({ key, title }) => plain([key], title))
}

function plain(values: readonly string[], about: string): Candidate[] {
  return values.filter((value) => PLAIN.test(value)).map((value) => ({ value, about }))
}
