import type { ScenarioResult } from '../../events/index.ts'

/*
 * Nearly all lines of a large journal are results of one kind: to look at the members by their names takes an eighth
 * of the time that a shape takes.
 */

/**
 * Whether a value is certainly a result, without attachments and measures of its author's. Of one that is
 * not nothing is said: its shape tells.
 */
export function isPlainResult(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const row = value as Record<keyof ScenarioResult, unknown>
  return (
    isInteger(row.schema_version) &&
    isText(row.id) &&
    isText(row.name) &&
    isText(row.file) &&
    isText(row.loadout) &&
    isTexts(row.models) &&
    (row.status === 'PASSED' || row.status === 'FAILED' || row.status === 'SKIPPED') &&
    isTextOrNull(row.started_at) &&
    isNumberOrNull(row.duration) &&
    isNumberOrNull(row.setup_time) &&
    (typeof row.cold === 'boolean' || row.cold === null) &&
    isInteger(row.retries) &&
    isInteger(row.repeat) &&
    (row.part === undefined || isInteger(row.part)) &&
    isTextIfAny(row.host) &&
    isTextIfAny(row.gpu) &&
    isMetrics(row.metrics) &&
    row.measures === undefined &&
    isNumberOrNull(row.vram_prior) &&
    isNumberOrNull(row.vram_loaded) &&
    isNumberOrNull(row.vram_peak) &&
    isTextOrNull(row.input_text) &&
    isTextOrNull(row.output_text) &&
    isTextOrNull(row.input_file) &&
    isTextOrNull(row.output_file) &&
    isEmpty(row.attachments) &&
    isErrors(row.errors) &&
    (row.cause === undefined || isTextOrNull(row.cause)) &&
    isLogs(row.logs) &&
    isTexts(row.flags) &&
    (row.gpu_share === undefined || Number.isFinite(row.gpu_share)) &&
    (row.replies === undefined || isReplies(row.replies)) &&
    (row.dropped_parameters === undefined || isTexts(row.dropped_parameters))
  )
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || Number.isFinite(value)
}

function isInteger(value: unknown): boolean {
  return Number.isSafeInteger(value)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isErrors(value: unknown): boolean {
  return Array.isArray(value) && value.every(isError)
}

function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { message, stack, expected, actual } = value as Record<string, unknown>
  return isText(message) && isTextIfAny(stack) && isTextIfAny(expected) && isTextIfAny(actual)
}

function isTextIfAny(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isLogs(value: unknown): boolean {
  return Array.isArray(value) && value.every(isLog)
}

function isLog(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { service, file, from, to, shared } = value as Record<string, unknown>
  return (
    isText(service) &&
    isText(file) &&
    Number.isFinite(from) &&
    Number.isFinite(to) &&
    (shared === undefined || isNumberOrNull(shared))
  )
}

function isReplies(value: unknown): boolean {
  return Array.isArray(value) && value.every(isReply)
}

function isReply(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { request, reply, temperature, seed } = value as Record<string, unknown>
  return isText(request) && isText(reply) && isNumberOrNull(temperature) && isNumberOrNull(seed)
}

function isMetrics(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const metrics = value as Record<string, unknown>
  for (const name in metrics) {
    if (!isNumberOrNull(metrics[name]) && !isText(metrics[name])) return false
  }
  return true
}
