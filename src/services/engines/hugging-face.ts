import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homeFolder } from '../../host/home-folder.ts'
import { join } from 'node:path'

/** What a cached repository holds: its snapshot's folder and the paths of the files in it. */
export interface CachedRepository {
  folder: string
  files: string[]
}

/**
 * The folder where Hugging Face's tools keep models (huggingface_hub, "Environment variables"):
 * `HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`.
 */
export function hubFolder(env: NodeJS.ProcessEnv): string {
  return env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'] || join(hubHome(env), 'hub')
}

/** `HF_HOME`, else `~/.cache/huggingface`: the models and the token of `hf auth login`. */
export function hubHome(env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'] || join(homeFolder(env), '.cache')
  return env['HF_HOME'] || join(cache, 'huggingface')
}

/**
 * The snapshot of `owner/name` in the cache, of `main` where no branch, tag or commit is named; null when
 * nothing of it was fetched.
 */
export function cachedRepository(
  repository: string,
  hub: string,
  revision?: string,
): CachedRepository | null {
  const folder = join(hub, `models--${repository.replaceAll('/', '--')}`)
  const commit = commitOf(folder, revision)
  if (commit === null) return null
  const snapshot = join(folder, 'snapshots', commit)
  // A link whose blob is missing is a download that was broken off.
  const files = namesIn(snapshot, true).filter((name) => existsSync(join(snapshot, name)))
  return files.length === 0 ? null : { folder: snapshot, files }
}

/** Whether it holds weights that vLLM can load, and what says which model they are. */
export function holdsWeights({ files }: CachedRepository): boolean {
  return files.some((name) => /\.(?:safetensors|bin|pt|gguf)$/.test(name))
}

/** Without a revision the commit of `main`, as the tools that read the cache offline choose it; else of another branch. */
function commitOf(folder: string, revision: string | undefined): string | null {
  const refs = join(folder, 'refs')
  const names = namesIn(refs, true)
  if (revision !== undefined && !names.includes(revision)) return revision
  const name = revision ?? (names.includes('main') ? 'main' : names[0])
  if (name === undefined) return null
  try {
    return readFileSync(join(refs, name), 'utf8').trim() || null
  } catch {
    return null
  }
}

function namesIn(folder: string, recursive: boolean): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' })
  } catch {
    return []
  }
}
