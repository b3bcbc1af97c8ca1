import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { dataUrl } from './media.ts'
import { readReply } from './answers/read-reply.ts'
import type { ChatRequest, RawReply, ToolCall } from './chat-protocol.ts'
import { Exchange } from './exchange.ts'

/** What a conversation can do without. */
const OPTIONAL = ['stream_options', 'seed', 'temperature', 'max_tokens', 'response_format']

/** `POST /v1/chat/completions` (OpenAI API reference, "Create chat completion" and its streaming form). */
export async function openaiChat(service: LeasedService, request: ChatRequest): Promise<RawReply> {
  const { stream, temperature, seed, maxTokens, tools, schema, signal } = request
  const body = {
    model: service.model,
    messages: messagesOf(request),
    temperature,
    seed,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function', function: tool })),
    }),
    ...(schema !== null && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'reply', schema, strict: true },
      },
    }),
  }
  const exchange = await Exchange.post(service, '/v1/chat/completions', {
    body,
    optional: OPTIONAL,
    signal,
  })
  return readReply(exchange, request)
}

function messagesOf({ messages, images }: ChatRequest): unknown[] {
  return messages.map(({ role, content, toolCalls, toolCallId }, index) => {
    if (images.length === 0 || index < messages.length - 1) {
      return {
        role,
        content,
        ...(toolCallId && { tool_call_id: toolCallId }),
        ...(toolCalls !== undefined && { tool_calls: toolCalls.map(toCall) }),
      }
    }
    const parts = images.map((image) => ({ type: 'image_url', image_url: { url: dataUrl(image) } }))
    return { role, content: [{ type: 'text', text: content }, ...parts] }
  })
}

function toCall({ id, name, arguments: given }: ToolCall, index: number): unknown {
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  return { id: id ?? `call_${index}`, type: 'function', function: { name, arguments: text } }
}
