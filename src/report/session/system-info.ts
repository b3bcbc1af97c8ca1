import { join } from 'node:path'
import { readRegularFile } from '../../host/regular-file.ts'
import { readSystemYaml } from '../../session/machine/read-system-yaml.ts'
import { isObject } from './json-values.ts'
import type { HostFacts, SessionReport } from './types.ts'

/** What `system_info.yaml` says. */
export interface SystemReport extends Pick<
  SessionReport,
  'host' | 'hosts' | 'git' | 'runtime' | 'engines' | 'startedAt'
> {
  plan: { file: string | null; sha256: string | null; content: string | null } | null
  /** Digests of the files of scenarios by their path; empty where it does not tell. */
  scenarios: Readonly<Record<string, string>>
}

/** It has the plan in it, which is a megabyte at most; a larger one is none of ours, and YAML would take long for it. */
const MOST_BYTES = 4 * 1024 * 1024

const NOTHING: SystemReport = {
  host: null,
  hosts: [],
  git: null,
  runtime: {},
  engines: {},
  startedAt: null,
  plan: null,
  scenarios: {},
}

/** What `system_info.yaml` of a session says; `headOnly`: without the plan, which is most of the work. */
export async function readSystemInfo(
  directory: string,
  onDamage: (sentence: string) => void = () => {},
  { headOnly = false } = {},
): Promise<SystemReport> {
  try {
    const path = join(directory, 'system_info.yaml')
    const text = (await readRegularFile(path, MOST_BYTES)).toString()
    const wanted = headOnly ? text.replace(/^plan:$.*/ms, '') : text
    const info = readSystemYaml(wanted) ?? (await parsedYaml(wanted))
    if (isObject(info)) return reportOf(info)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING
  }
  onDamage('system_info.yaml cannot be read: nothing is known of the machine.')
  return NOTHING
}

/** What YAML takes a text for. Its reader is loaded for what is not as jarvis writes it. */
export async function parsedYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml')
  // Warnings would be printed.
  return parse(text, { logLevel: 'error' })
}

function reportOf(info: Record<string, unknown>): SystemReport {
  const { host, hosts, git, runtime, engines, plan } = info
  return {
    host: isObject(host) ? hostOf(host) : null,
    hosts: Array.isArray(hosts) ? hosts.filter(isObject).map(hostOfParts) : [],
    git: isObject(git)
      ? { commit: text(git['commit']), branch: text(git['branch']), dirty: flag(git['dirty']) }
      : null,
    runtime: Object.fromEntries(
      membersOf(runtime).flatMap(([key, value]) => (value === null ? [] : [[key, `${value}`]])),
    ),
    engines: Object.fromEntries(
      membersOf(engines).map(([key, value]) => [key, value === null ? null : `${value}`]),
    ),
    startedAt: text(info['start_time']),
    scenarios: Object.fromEntries(
      membersOf(info['scenarios']).flatMap(([key, value]) =>
        value === null ? [] : [[key, `${value}`]],
      ),
    ),
    plan: isObject(plan)
      ? { file: text(plan['file']), sha256: text(plan['sha256']), content: text(plan['content']) }
      : null,
  }
}

function hostOf(host: Record<string, unknown>): HostFacts {
  const gpus = Array.isArray(host['gpus']) ? host['gpus'].filter(isObject) : []
  return {
    os: text(host['os']),
    cpu: text(host['cpu']),
    cpuCount: number(host['cpu_count']),
    ramGb: number(host['total_ram_gb']),
    gpus: gpus
      .filter((gpu) => gpu['used'] !== false)
      .map((gpu, place) => ({
        index: number(gpu['index']) ?? place,
        model: text(gpu['model']) ?? 'unknown',
        vramGb: number(gpu['vram_total_gb']),
        driver: text(gpu['driver']),
      })),
  }
}

function hostOfParts(host: Record<string, unknown>): SessionReport['hosts'][number] {
  const gpus = host['gpus']
  return {
    name: text(host['name']) ?? 'unknown',
    os: text(host['os']),
    cpu: text(host['cpu']),
    gpus: Array.isArray(gpus) ? gpus.flatMap((gpu) => text(gpu) ?? []) : null,
    driver: text(host['driver']),
  }
}

type Scalar = string | number | boolean | null

function membersOf(value: unknown): [string, Scalar][] {
  if (!isObject(value)) return []
  return Object.entries(value).filter((member): member is [string, Scalar] => {
    return member[1] === null || ['string', 'number', 'boolean'].includes(typeof member[1])
  })
}

/** YAML takes a version such as 1.10 or a hash of digits for a number. */
function text(value: unknown): string | null {
  if (typeof value === 'number') return `${value}`
  return typeof value === 'string' ? value : null
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}
