import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { fromHome, homeFolder } from '../../host/home-folder.ts'
import { httpClient } from '../../host/http-client.ts'
import { findProgram } from '../../host/programs.ts'
import type { llamacppFlags } from '../../plan/model-flags.ts'
import type { ModelUri, Plan } from '../../plan/types.ts'
import { type Endpoint, type Engine, type EngineContext, onGpus, processKey } from '../engine.ts'
import { answers, getJson } from '../readiness/http-probe.ts'
import { capture } from './capture.ts'
import { type FlagOption, flagOptions } from './flag-options.ts'
import { cachedRepository, hubFolder } from './hugging-face.ts'
import { askOneToken } from './openai-server.ts'

/** Seconds between SIGTERM and SIGKILL. */
const GRACE_S = 5
const VERSION_TIMEOUT_MS = 5_000
const PROGRAM = 'llama-server'
/** Both names of one setting: the older builds know the first. */
const OFFLINE = { LLAMA_OFFLINE: '1', LLAMA_ARG_OFFLINE: '1' }
/** Level 4 is what tells of memory since this build; before it, that was the default, and 4 was for finding mistakes. */
const QUIET_SINCE_BUILD = 9_181
/** Both names of one setting. Whoever has set one of them wants it so. */
const VERBOSITY = ['LLAMA_ARG_LOG_VERBOSITY', 'LLAMA_LOG_VERBOSITY'] as const
const TELLS_OF_MEMORY = '4'
const REFUSED_BY_HUB =
  /(?:GET failed|failed with status code:?|HTTP status code|status code) ?\(?(?:401|403|404)/i
/** What llama-server loads when no quantisation is named, in this order; else the first there is. */
const DEFAULT_QUANTS = ['Q4_K_M', 'Q8_0']
/** Files beside a model that are none themselves. */
const NO_MODEL = /mmproj|imatrix|mtp-|eagle3-|dflash-|dspark-/
/** Flags of `llamacpp://` and their options (llama.cpp, tools/server/README.md). */
const OPTIONS: Record<Exclude<keyof typeof llamacppFlags, 'mmproj'>, FlagOption> = {
  ctx: '--ctx-size',
  ngl: '--n-gpu-layers',
  threads: '--threads',
  parallel: '--parallel',
  batch: '--batch-size',
  ubatch: '--ubatch-size',
  fa: '--flash-attn',
  cache_type_k: '--cache-type-k',
  cache_type_v: '--cache-type-v',
}

/** How llama-server is told which model to load. */
interface LlamaModel {
  args: string[]
  /** Whether nothing has to be fetched. */
  cached: boolean
}

/** `llama-server` of llama.cpp: `LLAMA_SERVER`, else the one on PATH. */
export const llamacpp: Engine = {
  async find(model, context) {
    const { root } = context
    const options = llamaOptions(model, context)
    const file = programOf(context)
    if (file === null) throw noProgram(model, context)
    const { args, cached } = findLlamaModel(model, context)
    const verbosity = await verbosityFor(file, context)
    let answer: string | null = null
    return {
      key: processKey(model),
      model: model.name,
      apis: ['openai'],
      port: 'free',
      grace: GRACE_S,
      timeout: null,
      command: ({ port, ...place }) => ({
        file,
        args: [
          ...args,
          '--alias',
          model.name,
          '--host',
          '127.0.0.1',
          '--port',
          String(port),
          ...options,
        ],
        env: { ...(cached && OFFLINE), ...verbosity, ...onGpus(place) },
        cwd: root,
      }),
      files: () => [llamaFile(model, context) ?? ''].filter(Boolean),
      lacks: ({ url }) =>
        answer ?? `${url}/health does not answer 200, the model is still being loaded`,
      // 503 while it loads.
      isReady: ({ url }, signal) => answers(`${url}/health`, signal),
      load: (endpoint, signal) => checkProperties(model, endpoint, signal),
      warmUp: ({ url }, signal) =>
        askOneToken(model, { name: model.name, url }, signal, (said) => {
          answer = said
        }),
      async told(endpoint, signal) {
        const version = (await buildOf(endpoint, signal)) ?? (await versionOnce(file, context))
        return version === null ? {} : { llamacpp: version }
      },
      explain: (lines) => explain(model, lines),
    }
  },
  async versions(context) {
    const file = programOf(context)
    if (file === null) return { llamacpp: null }
    return { llamacpp: await versionOf(file, context.env) }
  },
}

async function versionOf(file: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const told = await capture(file, ['--version'], { env, timeout: VERSION_TIMEOUT_MS })
  return versionIn(`${told.stderr}\n${told.stdout}`)
}

/** What the program of a run says of its version. */
const versions = new WeakMap<Plan, Promise<string | null>>()

function versionOnce(file: string, { plan, env }: EngineContext): Promise<string | null> {
  const version = versions.get(plan) ?? versionOf(file, env)
  versions.set(plan, version)
  return version
}

/** What makes it say how much memory it takes, where it does not by itself. */
async function verbosityFor(file: string, context: EngineContext): Promise<Record<string, string>> {
  if (VERBOSITY.some((name) => context.env[name])) return {}
  return isQuietVersion(await versionOnce(file, context))
    ? Object.fromEntries(VERBOSITY.map((name) => [name, TELLS_OF_MEMORY]))
    : {}
}

/** Versions with a dot are younger than all builds that are known by their number alone. */
function isQuietVersion(version: string | null): boolean {
  if (version === null) return false
  return version.includes('.') || Number(version) >= QUIET_SINCE_BUILD
}

/** `6789` for the build that calls itself `b6789-0a1b2c3d`; undefined for one that was not counted. */
async function buildOf({ url }: Endpoint, signal: AbortSignal): Promise<string | undefined> {
  const { build_info } = (await getJson(`${url}/props`, signal)) as { build_info?: unknown }
  const build = /^b(\d+)/.exec(String(build_info))?.[1]
  return isBuild(build) ? build : undefined
}

/**
 * `version: 6789 (0a1b2c3d)`, and since llama.cpp has versions `version: 0.5.0-dev (build 6789, commit 0a1b2c3d)`: the number
 * of the build, as a server tells it, else the version.
 */
function versionIn(text: string): string | null {
  const [, version, counted] = /version: (\S+)(?: \(build (\d+))?/.exec(text) ?? []
  if (isBuild(counted)) return counted
  if (version === undefined) return null
  return version.includes('.') || isBuild(version) ? version : null
}

/** A build that was not made from a clone has no number, and says 0; one of a clone without its history says 1. */
function isBuild(build: string | undefined): build is string {
  return build !== undefined && Number(build) > 1
}

function programOf({ root, env }: EngineContext): string | null {
  return findProgram(env['LLAMA_SERVER'] || PROGRAM, { cwd: root, env })
}

function noProgram(model: ModelUri, { env }: EngineContext): JarvisError {
  const named = env['LLAMA_SERVER']
  const what = named
    ? `LLAMA_SERVER names ${named}, which is no program`
    : `the program ${PROGRAM} was not found on PATH`
  const advice =
    'Get it with: brew install llama.cpp (or winget install llama.cpp, or ' +
    'https://github.com/ggml-org/llama.cpp/releases), or set LLAMA_SERVER to its path.'
  return new JarvisError('MISSING', `${model.text} cannot be started: ${what}. ${advice}`)
}

/** What `/props` tells of the loaded model has to be what the plan asked for. */
async function checkProperties(
  model: ModelUri,
  { url }: Endpoint,
  signal: AbortSignal,
): Promise<void> {
  const { fetch } = await httpClient()
  const response = await fetch(`${url}/props`, { signal, headers: { connection: 'close' } })
  const text = await response.text()
  if (!response.ok) {
    throw new JarvisError(
      'SERVICE_FAILED',
      `/props answered ${response.status} ${text.slice(0, 200)}`,
    )
  }
  const { modalities } = JSON.parse(text) as { modalities?: Record<string, boolean> }
  const blind = modalities !== undefined && !Object.values(modalities).includes(true)
  if (model.flags['mmproj'] === undefined || !blind) return
  const sentence =
    'the projector of #mmproj was loaded and gives the model neither sight nor hearing'
  throw new JarvisError('SERVICE_FAILED', sentence)
}

function explain(model: ModelUri, lines: readonly string[]): JarvisError | null {
  if (!lines.some((line) => REFUSED_BY_HUB.test(line))) return null
  const repository = model.name.split(':')[0]
  return new JarvisError(
    'MISSING',
    `${model.text} cannot be started: Hugging Face does not give it. Check its name, or log in and get ` +
      `it with: hf auth login && hf download ${repository}`,
  )
}

/**
 * Finds a model: `llamacpp:///path.gguf`, `llamacpp://path.gguf` from the project's root, or
 * `llamacpp://owner/name:QUANT` of Hugging Face.
 *
 * @throws JarvisError MISSING when it is not there and the plan does not say `pull: true`
 */
function findLlamaModel(model: ModelUri, { plan, root, env }: EngineContext): LlamaModel {
  if (/\.gguf$/i.test(model.name)) {
    return {
      args: ['--model', existing(model, resolve(root, fromHome(model.name, env)))],
      cached: true,
    }
  }
  const [, repository, quant = ''] = /^([\w.-]+\/[\w.-]+)(?::([\w.-]+))?$/.exec(model.name) ?? []
  if (repository === undefined) {
    const expected = 'Expected the path of a .gguf file, or owner/name:QUANT of Hugging Face.'
    throw new JarvisError('USAGE', `${model.text} names no model of llama.cpp. ${expected}`)
  }
  const args = ['--hf-repo', model.name]
  const cached = isCached(repository, quant, env)
  if (cached || plan.settings.pull) return { args, cached }
  const include = quant === '' ? '*.gguf' : `*${quant}*.gguf`
  throw new JarvisError(
    'MISSING',
    `${model.text} is not in the cache of llama.cpp. Get it with: ` +
      `hf download ${repository} --include '${include}' ` +
      '(or set `pull: true` in the settings of the plan).',
  )
}

/**
 * The file that llama-server would load for a model, the first of several where it is split; null where it is not here, or not to
 * be told.
 */
export function llamaFile(
  { name }: Pick<ModelUri, 'name'>,
  { root, env }: Pick<EngineContext, 'root' | 'env'>,
): string | null {
  if (/\.gguf$/i.test(name)) {
    const path = resolve(root, fromHome(name, env))
    return existsSync(path) ? path : null
  }
  const [repository = '', quant = ''] = name.split(':')
  const cached = cachedRepository(repository, env['LLAMA_CACHE'] || hubFolder(env))
  const prefix = `${repository.replace('/', '_')}_`
  const older = namesIn(olderCache(env)).filter((file) => file.startsWith(prefix))
  const file = cached === null ? null : chosen(cached.files, quant)
  if (cached !== null && file !== null) return join(cached.folder, file)
  const found = chosen(older, quant)
  return found === null ? null : join(olderCache(env), found)
}

/** The model among files that is of a quantisation, or of the first that llama-server would take. */
function chosen(files: readonly string[], quant: string): string | null {
  const models = files
    .filter((name) => name.endsWith('.gguf') && !NO_MODEL.test(name))
    // Of a model in several files the first one leads to the others.
    .filter((name) => (/-(\d{5})-of-\d{5}\.gguf$/.exec(name)?.[1] ?? '00001') === '00001')
    .sort()
  const of = (tag: string): string | undefined =>
    models.find((name) => new RegExp(`${tag}[.-]`, 'i').test(name))
  if (quant !== '') return of(quant) ?? null
  return DEFAULT_QUANTS.map(of).find((name) => name !== undefined) ?? models[0] ?? null
}

/** Looks in the cache that llama.cpp shares with Hugging Face's tools, then in its own older one. */
function isCached(repository: string, quant: string, env: NodeJS.ProcessEnv): boolean {
  const hub = env['LLAMA_CACHE'] || hubFolder(env)
  if (serves(cachedRepository(repository, hub)?.files ?? [], quant)) return true
  const prefix = `${repository.replace('/', '_')}_`
  return serves(
    namesIn(olderCache(env)).filter((name) => name.startsWith(prefix)),
    quant,
  )
}

function serves(files: readonly string[], quant: string): boolean {
  const models = files.filter((name) => name.endsWith('.gguf') && !NO_MODEL.test(name))
  const upper = models.map((name) => name.toUpperCase())
  const has = (tag: string): boolean =>
    upper.some((name) => name.includes(`${tag}.`) || name.includes(`${tag}-`))
  if (quant !== '') return has(quant.toUpperCase())
  return DEFAULT_QUANTS.some(has) || models.length > 0
}

/** Where llama.cpp kept what it had downloaded, before it shared the cache of Hugging Face. */
export function olderCache(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = homeFolder(env, platform)
  if (env['LLAMA_CACHE']) return env['LLAMA_CACHE']
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'llama.cpp')
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? home, 'llama.cpp')
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'llama.cpp')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * The options of a model's flags. The file of `#mmproj=PATH` is looked for from the project's root.
 *
 * @throws JarvisError MISSING when that file is not there
 */
function llamaOptions(model: ModelUri, { root, env }: EngineContext): string[] {
  const fileOf = (path: string): string => resolve(root, fromHome(path, env))
  const projector: FlagOption = ['--mmproj', (path) => existing(model, fileOf(String(path)))]
  return flagOptions(model, { ...OPTIONS, mmproj: projector })
}

/** @throws JarvisError MISSING when there is no such file */
function existing(model: ModelUri, path: string): string {
  if (existsSync(path)) return path
  throw new JarvisError('MISSING', `${model.text} is not there: no file ${path}.`)
}
