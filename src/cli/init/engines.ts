import { JarvisError } from '../../errors.ts'
import {
  type Domain,
  inDomainOrder,
  isKnownDomain,
  KNOWN_DOMAINS,
  type KnownDomain,
} from '../../events/domain.ts'
import { domainFault } from '../../plan/domain-name.ts'
import { nearest } from '../../plan/nearest.ts'
import { findProgram } from '../../host/programs.ts'

/** Small models of each engine, by what it can serve. */
const MODELS = {
  ollama: { llm: ['ollama://qwen2.5:0.5b'], vlm: ['ollama://qwen2.5vl:3b'] },
  vllm: {
    llm: ['vllm://Qwen/Qwen2.5-0.5B-Instruct#ctx=8192'],
    vlm: ['vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384'],
  },
  llamacpp: { llm: ['llamacpp://Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M#ctx=8192'] },
  sim: {
    llm: ['sim://chat'],
    vlm: ['sim://vision'],
    stt: ['sim://whisper'],
    tts: ['sim://voice'],
    sts: ['sim://whisper', 'sim://chat', 'sim://voice'],
  },
} satisfies Record<string, Partial<Record<KnownDomain, string[]>>>

/** An engine that a plan can be written for without knowing more. */
export type StarterEngine = keyof typeof MODELS

/** All of them. */
export const ENGINES: readonly StarterEngine[] = Object.keys(MODELS) as StarterEngine[]
/** Names that people know the engines by. */
const ALIASES: Record<string, StarterEngine> = { 'llama-server': 'llamacpp', docker: 'vllm' }
/** What shows that an engine is installed: all programs of one of the lists. vLLM's image needs a GPU of NVIDIA. */
const SIGNS: Record<Exclude<StarterEngine, 'sim'>, string[][]> = {
  ollama: [['ollama']],
  vllm: [['vllm'], ['docker', 'nvidia-smi']],
  llamacpp: [['llama-server']],
}

/** One entry of the plan's `execution`. */
export interface StarterBlock {
  domain: Domain
  loadouts: string[][]
  /** Whether none of the engines that were asked for serves this domain. */
  isStandIn: boolean
}

/** The engines on PATH; the embedded one where there is none. */
export function installedEngines(cwd: string, env: NodeJS.ProcessEnv): StarterEngine[] {
  const isThere = (program: string): boolean => findProgram(program, { cwd, env }) !== null
  const found = ENGINES.filter(
    (engine) => engine !== 'sim' && SIGNS[engine].some((programs) => programs.every(isThere)),
  )
  return found.length > 0 ? found : ['sim']
}

/** @throws JarvisError USAGE for one that no plan can be written for */
export function engineNamed(name: string): StarterEngine {
  const engine = ALIASES[name] ?? ENGINES.find((known) => known === name)
  if (engine) return engine
  throw unknown('engine', name, ENGINES)
}

/** @throws JarvisError USAGE for one that is not there */
export function domainNamed(name: string): Domain {
  const meant = nearest(name, KNOWN_DOMAINS)
  if (domainFault(name) === null && (meant === undefined || meant === name)) return name
  throw unknown('domain', name, KNOWN_DOMAINS)
}

/** Domains that go without saying: all where nothing has to be downloaded, else language models. */
export function usualDomains(engines: readonly StarterEngine[]): Domain[] {
  return engines.every((engine) => engine === 'sim') ? [...KNOWN_DOMAINS] : ['llm']
}

/** What the plan runs; a domain that no engine serves runs on the embedded one. */
export function blocksOf(
  engines: readonly StarterEngine[],
  wanted: readonly Domain[],
): StarterBlock[] {
  return inDomainOrder(wanted).map((domain) => {
    // What a domain of one's own is about nobody knows yet: it begins with a question to a language model.
    const kind = isKnownDomain(domain) ? domain : 'llm'
    const own = engines.flatMap((engine) => {
      const models: string[] | undefined = (
        MODELS[engine] as Partial<Record<KnownDomain, string[]>>
      )[kind]
      return models ? [models] : []
    })
    const isStandIn = own.length === 0
    return { domain, loadouts: isStandIn ? [MODELS.sim[kind]] : own, isStandIn }
  })
}

function unknown(what: string, name: string, known: readonly string[]): JarvisError {
  const meant = nearest(name, [...known])
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`
  const sentence = `jarvis init writes no plan for the ${what} ${JSON.stringify(name)}.`
  return new JarvisError('USAGE', `${sentence} It knows: ${known.join(', ')}.${question}`)
}
