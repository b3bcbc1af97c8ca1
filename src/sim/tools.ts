import type { Tool, ToolChoice } from './brain/tool-choice.ts'
import { isObject, listOf, objectOf, requiredText, textOf } from './fields.ts'
import { RequestError } from './http.ts'

type Body = Record<string, unknown>

/** The functions that a request offers; both protocols write them alike. Throws a RequestError (400). */
export function toolsOf(body: Body): Tool[] {
  return listOf(body, 'tools').map((tool) => {
    const entry = isObject(tool) ? tool : {}
    if ((textOf(entry, 'type') ?? 'function') !== 'function') {
      throw new RequestError(400, "The simulator knows tools of type 'function' only.", {
        param: 'tools',
      })
    }
    const own = objectOf(entry, 'function')
    const name = requiredText(own, 'name')
    return { name, description: textOf(own, 'description') ?? '', parameters: own['parameters'] }
  })
}

/** OpenAI's `tool_choice`. Throws a RequestError (400). */
export function toolChoiceOf(body: Body, tools: readonly Tool[]): ToolChoice {
  const given = body['tool_choice'] ?? 'auto'
  if (given === 'auto' || given === 'none' || given === 'required') return given
  const name = isObject(given) ? textOf(objectOf(given, 'function'), 'name') : undefined
  if (name !== undefined && tools.some((tool) => tool.name === name)) return { name }
  throw new RequestError(400, "'tool_choice' must be auto, none, required or one of the tools.", {
    param: 'tool_choice',
  })
}
