import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

const HOST = 'registry.ollama.ai'
const NAMESPACE = 'library'

/** `$OLLAMA_MODELS/manifests/registry.ollama.ai/library/NAME/TAG`, as Ollama lays them out. */
const manifests = join(
  process.env['OLLAMA_MODELS'] || join(homedir(), '.ollama', 'models'),
  'manifests',
)

/** The shortest name of each model that has a manifest, with its tag. */
export function listModels(): string[] {
  if (!existsSync(manifests)) return []
  const files = readdirSync(manifests, { recursive: true, withFileTypes: true })
  return files
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name).slice(manifests.length + 1)
      const [host, namespace, model, tag] = path.split(/[\\/]/)
      const usual = host === HOST ? [namespace === NAMESPACE ? '' : `${namespace}/`] : []
      return `${usual[0] ?? `${host}/${namespace}/`}${model}:${tag}`
    })
    .toSorted()
}

/** The name of a model that is there; null for one that is not. */
export function findModel(name: string): string | null {
  const last = name.slice(name.lastIndexOf('/') + 1)
  const full = last.includes(':') ? name : `${name}:latest`
  return listModels().find((model) => model.toLowerCase() === full.toLowerCase()) ?? null
}

/** What the end of a download leaves. */
export function writeManifest(name: string): void {
  const [model = '', tag = 'latest'] = name.split(':')
  const path = join(manifests, HOST, NAMESPACE, model, tag)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '{"schemaVersion":2}')
}
