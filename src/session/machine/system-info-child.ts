import { execFile, type ExecFileException } from 'node:child_process'
import { readdir, readFile, statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { BYTES_PER_GB } from '../../host/gigabytes.ts'
import { packageVersion } from '../../host/package-version.ts'
import { clockAhead } from './clock-ahead.ts'
import { scenarioDigests } from './scenario-digests.ts'
import type { GpuFacts, SystemFacts, SystemQuestion } from './system-facts.ts'

// A process of its own: some of these calls block for seconds and some never answer. Each fact is a line of
// JSON on the standard output as soon as it is known, so that the session has what there is.

const CALL_LIMIT_MS = 4_000
/** This process ends by then, whatever hangs. */
const LIFE_MS = 8_000
const MB_PER_GB = 1024
/** Display adapters that are no GPU to compute on, such as those of virtual machines, have other vendors. */
const GPU_VENDOR = /nvidia|amd|advanced micro|\bati\b|intel|apple/i

/** Where Linux lists what is on the bus, and how the class of a display or 3D controller begins. */
const PCI_DEVICES = '/sys/bus/pci/devices'
const PCI_DISPLAY_CLASS = '0x03'

setTimeout(() => process.exit(1), LIFE_MS).unref()
const question = JSON.parse(await text(process.stdin)) as SystemQuestion
tell(immediate())
await Promise.all([disk(), clock(), versions(), git(), operatingSystem(), gpus(), scenarios()])
process.stdout.write('', () => process.exit(0))

function immediate(): Partial<SystemFacts> {
  const processors = cpus()
  const cpu = processors[0]?.model.trim() ?? null
  const kernel = `${type()} ${release()}`
  return { os: kernel, cpu, cpu_count: processors.length, total_ram_gb: totalmem() / BYTES_PER_GB }
}

async function disk(): Promise<void> {
  await attempt(async () => {
    const { bavail, bsize } = await statfs(question.logs)
    tell({ disk_free_gb: (bavail * bsize) / BYTES_PER_GB })
  })
}

async function clock(): Promise<void> {
  await attempt(async () => tell({ clock_ahead: await clockAhead(question.logs) }))
}

async function versions(): Promise<void> {
  const vitest = createRequire(join(question.root, 'package.json'))
  await attempt(async () =>
    tell({ vitest: await versionIn(vitest.resolve('vitest/package.json')) }),
  )
  await attempt(async () => tell({ jarvis: packageVersion() }))
}

async function versionIn(path: string): Promise<string> {
  return (JSON.parse(await readFile(path, 'utf8')) as { version: string }).version
}

async function git(): Promise<void> {
  const call = (...args: string[]): Promise<string> =>
    output('git', ['--no-optional-locks', '-C', question.root, ...args])
  await Promise.all([
    attempt(async () => tell({ commit: await call('rev-parse', 'HEAD') })),
    attempt(async () => tell({ branch: await call('rev-parse', '--abbrev-ref', 'HEAD') })),
    attempt(async () => tell({ dirty: (await call('status', '--porcelain', '-uno')) !== '' })),
  ])
}

async function scenarios(): Promise<void> {
  await attempt(async () => tell({ scenarios: await scenarioDigests(question.root) }))
}

async function operatingSystem(): Promise<void> {
  await attempt(async () => {
    const name = type() === 'Linux' ? await linuxName() : null
    if (name !== null) return tell({ os: `${name} (${type()} ${release()})` })
    const { osInfo } = (await import('systeminformation')).default
    const { distro, release: number } = await osInfo()
    if (distro === '' || distro === 'unknown') return
    // "Ubuntu" with "24.04.1 LTS"; a release that the name already ends in is not said twice.
    const version = number === 'unknown' || distro.endsWith(number) ? '' : ` ${number}`
    tell({ os: `${distro}${version} (${type()} ${release()})` })
  })
}

/** As the distribution names itself. The library would start a dozen shells to find it out. */
async function linuxName(): Promise<string | null> {
  const paths = ['/etc/os-release', '/usr/lib/os-release']
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')))
  const [name, version] = ['NAME', 'VERSION_ID'].map(
    (key) => new RegExp(`^${key}="?([^"\n]+)`, 'm').exec(texts.join('\n'))?.[1],
  )
  if (name === undefined) return null
  // A distribution that is always at its newest has no version.
  return version === undefined ? name : `${name} ${version}`
}

async function gpus(): Promise<void> {
  const listed = await attempt(nvidia)
  if (listed !== 'none') return tell({ gpus: listed ?? null })
  const found = (await attempt(noDisplay)) ?? (await attempt(otherGpus))
  tell({ gpus: found ?? null })
}

/** `none`: there is no such tool, or it says that it knows of no GPU. One that hangs knows of some, as a rule. */
async function nvidia(): Promise<GpuFacts[] | 'none'> {
  // A name may hold commas.
  const fields = 'index,uuid,memory.total,driver_version,name'
  const format = '--format=csv,noheader,nounits'
  const csv = await output('nvidia-smi', [`--query-gpu=${fields}`, format]).catch((error) => {
    if ((error as ExecFileException).killed === true) throw error
    return null
  })
  const rows = csv?.split('\n').filter((line) => /^\s*\d+,/.test(line)) ?? []
  if (rows.length === 0) return 'none'
  return rows.map((line) => {
    const [index = '0', id = '', memory = '', driver = '', ...name] = line
      .split(',')
      .map((f) => f.trim())
    const vram = Number.parseFloat(memory) / MB_PER_GB
    const vram_total_gb = Number.isFinite(vram) ? vram : null
    const uuid = /^GPU-/i.test(id) ? id : null
    const model = name.join(', ')
    return { index: Number(index), uuid, model, vram_total_gb, driver: driver || null }
  })
}

/** An empty list where the PCI bus has nothing that shows or computes: there is nothing to search for then. */
async function noDisplay(): Promise<GpuFacts[]> {
  const names = await readdir(PCI_DEVICES)
  const classes = await Promise.all(
    names.map((name) => readFile(join(PCI_DEVICES, name, 'class'), 'utf8')),
  )
  if (classes.some((text) => text.startsWith(PCI_DISPLAY_CLASS))) throw new Error('There is one')
  return []
}

async function otherGpus(): Promise<GpuFacts[]> {
  const { graphics } = (await import('systeminformation')).default
  const { controllers } = await graphics()
  return controllers
    .filter(({ vendor, model }) => GPU_VENDOR.test(`${vendor} ${model}`))
    .map(({ model, vram, driverVersion }, index) => {
      const vram_total_gb = typeof vram === 'number' && vram > 0 ? vram / MB_PER_GB : null
      return { index, model, vram_total_gb, driver: driverVersion ?? null }
    })
}

function tell(facts: Partial<SystemFacts>): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`)
}

/** What a call gives, or undefined when it fails or takes too long. */
async function attempt<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
  const limit = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), CALL_LIMIT_MS).unref()
  })
  return Promise.race([call().catch(() => undefined), limit])
}

function output(file: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: CALL_LIMIT_MS, windowsHide: true, killSignal: 'SIGKILL' } as const
    execFile(file, args, options, (error, stdout) => {
      if (error === null) resolve(stdout.trim())
      else reject(error)
    })
  })
}
