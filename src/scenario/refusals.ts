/** What says that a parameter, or what stands in it, is not taken by this server or model. */
const UNKNOWN =
  /unsupported|not supported|(?:does not|doesn't|do not|don't) support|unrecogni[sz]ed|unknown|unexpected|extra[ _](?:inputs|fields?|forbidden)|not (?:permitted|allowed)|cannot (?:find|unmarshal)|only the default/i
/** What says that a value does not suit. */
const UNFIT =
  /must be|should be|less than the minimum|invalid|not valid|cannot be|can't be|failed to deserialize/i
/** What says so of a value that the scenario has chosen: its own mistake, which another request would hide. */
const MISTAKES: Readonly<Record<string, RegExp>> = {
  max_tokens: /too (?:large|long|many|high)|exceed|context|at least/i,
  max_completion_tokens: /too (?:large|long|many|high)|exceed|context|at least/i,
  response_format: /invalid[ _](?:json[ _])?schema/i,
}
/** Behind these stand the names that a server knows. */
const KNOWN_NAMES = /expected one of|did you mean/i
/** Where pydantic says what is wrong: `"loc":["body","seed"]`, or `'loc': ('body', 'seed')`; it repeats the request elsewhere. */
const LOCATIONS = /["']loc["']\s*:\s*[[(]([^\])]*)[\])]/g

/**
 * Which parameters of a request a server refuses by an answer: as OpenAI, vLLM, llama.cpp, TGI, LiteLLM, LocalAI and what
 * is made with FastAPI, serde or Go say it.
 *
 * @param sent - those that the request can do without, with their values
 */
export function refusedBy(
  status: number,
  answer: string,
  sent: Readonly<Record<string, unknown>>,
): string[] {
  // Go's servers fail at a value of another type.
  const isRefusal = status === 400 || status === 422 || (status === 500 && /unmarshal/.test(answer))
  if (!isRefusal) return []
  // A line break within JSON would be a letter before the next word.
  const [text = ''] = answer.replaceAll(String.raw`\n`, '\n').split(KNOWN_NAMES)
  const named = namedIn(answer, text)
  const isUnknown = UNKNOWN.test(text)
  return Object.keys(sent).filter((name) => {
    if (!isNamed(named, name) || MISTAKES[name]?.test(text)) return false
    return isUnknown || (UNFIT.test(text) && isOurs(name, sent[name]))
  })
}

/** Whether a value is not the scenario's, but what jarvis asks for where that says nothing, or how it asks. */
function isOurs(name: string, value: unknown): boolean {
  return value === 0 || name === 'stream_options' || name === 'response_format'
}

/** The part of an answer in which the parameters stand that it is about. */
function namedIn(answer: string, text: string): string {
  const located = [...answer.matchAll(LOCATIONS)].map(([, names]) => names)
  return located.length > 0 ? located.join(' ') : (pointedAt(answer) ?? text)
}

/** OpenAI's `param`, which may be a path such as `response_format.type`; null where there is none. */
function pointedAt(answer: string): string | null {
  try {
    const { error, param } = JSON.parse(answer) as { error?: { param?: unknown }; param?: unknown }
    const told = error?.param ?? param
    return typeof told === 'string' && told !== '' && told !== 'None' ? told : null
  } catch {
    return null
  }
}

function isNamed(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text)
}
