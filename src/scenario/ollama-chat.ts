import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { base64 } from './media.ts'
import { readReply } from './answers/read-reply.ts'
import type { ChatRequest, RawReply } from './chat-protocol.ts'
import { Exchange } from './exchange.ts'
import { withoutOmitted } from './parameters.ts'

/** `POST /api/chat` (Ollama `docs/api.md`, "Generate a chat completion"). */
export async function ollamaChat(service: LeasedService, request: ChatRequest): Promise<RawReply> {
  const { stream, temperature, seed, maxTokens, tools, schema, signal } = request
  const body = {
    model: service.model,
    messages: messagesOf(request),
    stream,
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function', function: tool })),
    }),
    ...(schema !== null && { format: schema }),
    options: {
      ...loadedWith(service),
      ...withoutOmitted(service, [
        { name: 'temperature', as: { temperature } },
        { name: 'seed', as: { seed } },
        ...(maxTokens === undefined
          ? []
          : [{ name: 'max_tokens', as: { num_predict: maxTokens } }]),
      ]),
    },
  }
  const exchange = await Exchange.post(service, '/api/chat', { body, signal })
  return readReply(exchange, request)
}

/**
 * Ollama loads a model anew for a request that asks for another context or other layers on the GPU than it
 * was loaded with, and for its default where the request says nothing.
 */
function loadedWith({ engine, flags }: LeasedService): Record<string, number> {
  if (engine !== 'ollama') return {}
  const { ctx, num_gpu } = flags
  return {
    ...(typeof ctx === 'string' && { num_ctx: Number(ctx) }),
    ...(typeof num_gpu === 'string' && { num_gpu: Number(num_gpu) }),
  }
}

function messagesOf({ messages, images }: ChatRequest): unknown[] {
  return messages.map(({ role, content, toolCalls, toolName }, index) => ({
    role,
    content,
    ...(toolName !== undefined && { tool_name: toolName }),
    ...(toolCalls !== undefined && {
      tool_calls: toolCalls.map((call) => ({
        function: { name: call.name, arguments: call.arguments },
      })),
    }),
    ...(images.length > 0 && index === messages.length - 1 && { images: images.map(base64) }),
  }))
}
