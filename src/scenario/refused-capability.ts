/*
 * What a model cannot do at all: a scenario that needs it is MISSING with the engine's word for it, since the loadout cannot do its
 * plan, and neither has the model answered wrongly.
 */
interface Refusal {
  /** The engine's own words. */
  says: RegExp
  advice: string
}

/** What to do about a model. */
export const OTHER_MODEL = 'Take a model that can do it, or leave the scenario out of the plan'

/** How engines refuse what a model cannot do. */
const REFUSALS: readonly Refusal[] = [
  // Ollama: server/routes.go, server/images.go (a model for embeddings does not chat)
  { says: /does not support (?:tools|chat|completion)/iu, advice: OTHER_MODEL },
  // vLLM: entrypoints/openai, and SGLang's word for the same
  {
    says: /--enable-auto-tool-choice|--tool-call-parser/iu,
    advice:
      'vLLM gives tools with the flags --enable-auto-tool-choice and --tool-call-parser alone: start it as a service of the plan with them',
  },
  // llama-server: tools/server, common/chat.cpp
  {
    says: /tools param requires --jinja/iu,
    advice: 'llama-server gives tools with --jinja: start it as a service of the plan with it',
  },
  // llama-server
  {
    says: /(?:image|audio|multimodal) input is not supported|provide the mmproj/iu,
    advice: 'llama-server sees with the projector of the model: name its file by #mmproj=',
  },
  // Ollama: runner, server/prompt.go
  {
    says: /missing data required for image input|does not support (?:vision|images?)/iu,
    advice: OTHER_MODEL,
  },
  // vLLM: entrypoints/chat_utils.py, multimodal/processing.py
  {
    says: /is not a multimodal model|at most 0 (?:image|video|audio)/iu,
    advice: OTHER_MODEL,
  },
  // Servers elsewhere
  {
    says: /image_url is only supported by certain models|support image input/iu,
    advice: OTHER_MODEL,
  },
]

/** What an engine says that its model cannot do; null where its answer says nothing of that. */
export function refusedCapability(
  status: number,
  text: string,
): { code: 'MISSING'; advice: string } | null {
  if (status < 400) return null
  const refusal = REFUSALS.find(({ says }) => says.test(text))
  return refusal === undefined ? null : { code: 'MISSING', advice: refusal.advice }
}
