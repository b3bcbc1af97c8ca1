import { readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ModelUri } from '../../plan/types.ts'
import { type Engine, type EngineContext, processKey, type ServiceRecipe } from '../engine.ts'
import { answers, getJson } from '../readiness/http-probe.ts'
import { findProgram } from '../../host/programs.ts'
import { capture } from './capture.ts'
import { findContainerEngine, removeOrphans, versionOfContainerEngine } from './containers.ts'
import { askOneToken, listsModel } from './openai-server.ts'
import { containerParts, vllmImage } from './vllm-container.ts'
import { explainVllm } from './vllm-failure.ts'
import { findVllmModel, type VllmModel, type VllmParts } from './vllm-model.ts'
import { vllmOptions } from './vllm-options.ts'

/** Seconds between SIGTERM and SIGKILL: vLLM ends its workers in order, which takes it some ten. */
const GRACE_S = 20
const VERSION_TIMEOUT_MS = 5_000

/** `vllm serve` where it is installed, else the `vllm/vllm-openai` container. */
export const vllm: Engine = {
  async find(model, context) {
    const options = vllmOptions(model)
    const program = findProgram('vllm', { cwd: context.root, env: context.env })
    if (program !== null) {
      const found = findVllmModel(model, context)
      return recipe(model, programParts(program, { model, found, options }, context))
    }
    const engine = await findContainerEngine(model, context)
    const found = findVllmModel(model, context)
    return recipe(model, await containerParts(engine, { model, found, options }, context))
  },
  clear: removeOrphans,
  async versions(context) {
    const program = findProgram('vllm', { cwd: context.root, env: context.env })
    if (program !== null) return { vllm: await installedVersion(program, context) }
    const engine = await versionOfContainerEngine(context)
    return engine === null ? { vllm: null } : { vllm: vllmImage(context.env), ...engine }
  },
}

function recipe(model: ModelUri, { image, ...parts }: VllmParts): ServiceRecipe {
  const name = parts.model
  let answer: string | null = null
  return {
    ...parts,
    key: processKey(model),
    apis: ['openai'],
    port: 'free',
    grace: GRACE_S,
    timeout: null,
    lacks: ({ url }) =>
      answer ?? `${url}/health is not 200, or ${url}/v1/models does not list ${name}`,
    isReady: async (endpoint, signal) =>
      (await answers(`${endpoint.url}/health`, signal)) && listsModel(endpoint, name, signal),
    warmUp: ({ url }, signal) =>
      askOneToken(model, { name, url }, signal, (said) => {
        answer = said
      }),
    async told({ url }, signal) {
      const { version } = (await getJson(`${url}/version`, signal)) as { version?: unknown }
      if (typeof version !== 'string') return {}
      return { vllm: image === null ? version : `${version} (${image})` }
    },
    explain: (lines) => explainVllm(model, image, lines),
  }
}

function programParts(
  file: string,
  { model, found, options }: { model: ModelUri; found: VllmModel; options: string[] },
  { root }: EngineContext,
): VllmParts {
  return {
    image: null,
    model: model.name,
    command: ({ port }) => ({
      file,
      args: [
        'serve',
        found.folder ?? model.name,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        // Without it a cached model goes by the path of its snapshot.
        '--served-model-name',
        model.name,
        ...options,
      ],
      // What is here is used as it is: a newer revision is several GB that nobody asked for.
      env: found.cached ? { HF_HUB_OFFLINE: '1' } : {},
      cwd: root,
    }),
  }
}

/** The version by the name of its package's folder: importing vLLM to ask it takes many seconds. */
async function installedVersion(program: string, { env }: EngineContext): Promise<string | null> {
  const prefix = dirname(dirname(realpathSync(program)))
  const libraries = [join(prefix, 'Lib'), ...folders(join(prefix, 'lib'), /^python3/)]
  for (const library of libraries) {
    for (const name of folders(join(library, 'site-packages'), /^vllm-.*\.dist-info$/)) {
      return basename(name).slice('vllm-'.length, -'.dist-info'.length)
    }
  }
  const { code, stdout } = await capture(program, ['--version'], {
    env,
    timeout: VERSION_TIMEOUT_MS,
  })
  return code === 0 ? (/\d+\.\d+\S*/.exec(stdout)?.[0] ?? null) : null
}

function folders(folder: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(folder).filter((name) => pattern.test(name))
    return names.map((name) => join(folder, name))
  } catch {
    return []
  }
}
