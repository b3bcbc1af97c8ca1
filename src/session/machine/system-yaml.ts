import { isSecretKey, redactText } from '../redact.ts'
import type { GpuFacts, HostOfParts, SystemFacts } from './system-facts.ts'
import { isPlainText, PRINTABLE } from './yaml-scalars.ts'

/** Variables that say how engines behave; others stay private. */
const ENVIRONMENT =
  /^(?:HF_(?:HOME|HUB_CACHE|HUB_OFFLINE|ENDPOINT)|TRANSFORMERS_(?:CACHE|OFFLINE)|OLLAMA_\w+|CUDA_(?:VISIBLE_DEVICES|DEVICE_ORDER)|(?:HIP|ROCR|NVIDIA)_VISIBLE_DEVICES|SLURM_(?:JOB|STEP)_GPUS|HSA_OVERRIDE_GFX_VERSION|VLLM_(?:USE_V1|ATTENTION_BACKEND|CACHE_ROOT)|LLAMA_CACHE|CI|JARVIS_(?:PLAN|WAIT|DASHBOARD|LOGS|BASELINE|RESUME))$/

/** The process that ran. */
export interface SystemRuntime {
  node: string
  pid: number
}

/** What the session itself knows. */
export interface SystemSubject {
  session: string
  startTime: string
  command: string
  plan: { file: string; sha256: string; servicesSha256?: string | null; text: string }
  /** Of a session that another process has run than the one that writes it. */
  ran?: SystemRuntime
}

/** `system_info.yaml` of a session: its own facts, those of the machine, the full text of the plan. */
export function systemYaml(
  subject: SystemSubject,
  facts: SystemFacts,
  engines: Record<string, string | null>,
  memory: Record<string, string> = {},
  env: NodeJS.ProcessEnv = subject.ran === undefined ? process.env : {},
): string {
  const { commit, branch, dirty, vitest, jarvis } = facts
  const { node, pid } = subject.ran ?? { node: process.versions.node, pid: process.pid }
  const { servicesSha256 = null } = subject.plan
  const runtime = { node, vitest, jarvis, pid, command: redactText(subject.command) }
  const lines = [
    `session: ${scalar(subject.session)}`,
    `start_time: ${scalar(subject.startTime)}`,
    'host:',
    `  os: ${scalar(facts.os)}`,
    `  cpu: ${scalar(facts.cpu)}`,
    `  cpu_count: ${scalar(facts.cpu_count)}`,
    `  total_ram_gb: ${gigabytes(facts.total_ram_gb)}`,
    `  gpu: ${scalar(facts.gpus === null ? null : (firstOf(facts.gpus)?.model ?? 'none'))}`,
    ...gpuLines(facts.gpus),
    `  disk_free_gb: ${gigabytes(facts.disk_free_gb)}`,
    `  clock_ahead: ${scalar(facts.clock_ahead ?? null)}`,
    ...hostLines(facts.hosts ?? []),
    `git: ${flow({ commit, branch, dirty })}`,
    `runtime: ${flow(runtime)}`,
    `engines: ${flow(engines)}`,
    ...(Object.keys(memory).length === 0 ? [] : [`memory: ${flow(memory)}`]),
    `environment: ${flow(allowed(env))}`,
    ...scenarioLines(facts.scenarios ?? null),
    'plan:',
    `  file: ${scalar(subject.plan.file)}`,
    `  sha256: ${scalar(subject.plan.sha256)}`,
    ...(servicesSha256 === null ? [] : [`  services_sha256: ${scalar(servicesSha256)}`]),
    `  content: ${block(redactText(subject.plan.text), '    ')}`,
  ]
  return `${lines.join('\n')}\n`
}

function scenarioLines(scenarios: Record<string, string> | null): string[] {
  const files = Object.entries(scenarios ?? {})
  if (files.length === 0) return []
  return ['scenarios:', ...files.map(([file, digest]) => `  ${scalar(file)}: ${scalar(digest)}`)]
}

function firstOf(gpus: readonly GpuFacts[]): GpuFacts | undefined {
  return gpus.find(({ used }) => used !== false)
}

function gpuLines(gpus: GpuFacts[] | null): string[] {
  if (gpus === null || gpus.length === 0) return [`  gpus: ${gpus === null ? 'null' : '[]'}`]
  const lines = gpus.map(({ index, uuid = null, model, vram_total_gb, driver, used = true }) => {
    const vram = gigabytes(vram_total_gb)
    const members = `index: ${index}, model: ${scalar(model)}, vram_total_gb: ${vram}`
    const rest = `driver: ${scalar(driver)}, uuid: ${scalar(uuid)}${used ? '' : ', used: false'}`
    return `    - { ${members}, ${rest} }`
  })
  return ['  gpus:', ...lines]
}

function allowed(env: NodeJS.ProcessEnv): Record<string, string> {
  const clean: Record<string, string> = {}
  for (const [key, value] of Object.entries(env)) {
    if (value === undefined || !ENVIRONMENT.test(key)) continue
    clean[key] = isSecretKey(key) ? '[redacted]' : redactText(value)
  }
  return clean
}

function hostLines(hosts: readonly HostOfParts[]): string[] {
  const lines = hosts.map(({ gpus, parts, total_ram_gb, ...host }) => {
    const facts = flow(host).slice(1, -1).trim()
    const ram = `total_ram_gb: ${gigabytes(total_ram_gb)}`
    const list = gpus === null ? 'null' : `[${gpus.map(scalar).join(', ')}]`
    return `  - { ${facts}, ${ram}, gpus: ${list}, parts: [${parts.join(', ')}] }`
  })
  return lines.length === 0 ? [] : ['hosts:', ...lines]
}

type Scalar = string | number | boolean | null

function flow(members: Record<string, Scalar>): string {
  const pairs = Object.entries(members).map(([key, value]) => `${scalar(key)}: ${scalar(value)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** JSON is YAML; what cannot be taken for anything else goes without its quotes. */
function scalar(value: Scalar): string {
  return typeof value === 'string' && isPlainText(value) ? value : JSON.stringify(value)
}

function gigabytes(value: number | null): string {
  return value === null ? 'null' : value.toFixed(2)
}

/** A text as a literal block; one that YAML cannot hold like this is quoted. */
function block(text: string, indent: string): string {
  if (!PRINTABLE.test(text) || text.trim() === '') return JSON.stringify(text)
  const indicator = /^\n*[ \t]/.test(text) ? indent.length - 2 : ''
  const chomping = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-'
  const body = text.endsWith('\n') ? text.slice(0, -1) : text
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line))
  return `|${indicator}${chomping}\n${lines.join('\n')}`
}
