// The official SDK for JavaScript: `openai.mjs URL SCENE PCM`.

import OpenAI from 'openai';
import { OpenAIRealtimeTranslationWS } from 'openai/realtime/translations/ws';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';

import { Seen, play, say, url } from './talk.mjs';

const TOOL = {
  type: 'function', name: 'set_timer', description: 'Set a timer.',
  parameters: { type: 'object', properties: { minutes: { type: 'number' } } },
};
const client = new OpenAI({ baseURL: url });

async function connected(session, target = { model: 'gpt-realtime' }) {
  const wire = new OpenAIRealtimeWS(target, client);
  const seen = new Seen();
  const errors = [];
  wire.on('event', (event) => seen.push(event));
  wire.on('error', (error) => errors.push(error.message));
  await seen.until(is('session.created'));
  wire.send({ type: 'session.update', session: { type: 'realtime', ...session } });
  await seen.until(is('session.updated'));
  return { wire, seen, errors };
}

function write(wire, text, role = 'user') {
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  wire.send({ type: 'conversation.item.create', item: { type: 'message', role, content: [{ type, text }] } });
}

function ask(wire, text) {
  write(wire, text);
  wire.send({ type: 'response.create' });
}

const is = (kind) => ({ type }) => type === kind;
const done = is('response.done');
const transcribed = is('conversation.item.input_audio_transcription.completed');
const speak = (wire) => say((frame) => wire.send({ type: 'input_audio_buffer.append', audio: frame.toString('base64') }));
const bytes = (events) => events.reduce((sum, { delta }) => sum + Buffer.from(delta, 'base64').length, 0);
const text_of = ({ output }) => output[0].content[0].text;

async function voice() {
  const { wire, seen, errors } = await connected({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  const heard = seen.until(transcribed);
  const replied = seen.until(done);
  await speak(wire);
  return {
    errors,
    heard: (await heard).transcript,
    said: (await replied).response.output[0].content[0].transcript,
    audio_bytes: bytes(seen.events.filter(is('response.output_audio.delta'))),
  };
}

async function manual() {
  const { wire, seen, errors } = await connected({ output_modalities: ['text'], audio: { input: { turn_detection: null } } });
  await speak(wire);
  wire.send({ type: 'input_audio_buffer.commit' });
  wire.send({ type: 'response.create' });
  const { response } = await seen.until(done);
  return { errors, said: text_of(response), noticed: seen.events.filter(is('input_audio_buffer.speech_started')).length };
}

async function text() {
  const { wire, seen, errors } = await connected({ output_modalities: ['text'] });
  ask(wire, 'What is 12 times 12?');
  const { response } = await seen.until(done);
  return { errors, said: text_of(response), types: seen.events.map(({ type }) => type) };
}

async function tool() {
  const { wire, seen, errors } = await connected({ output_modalities: ['text'], tools: [TOOL] });
  ask(wire, 'Set a timer for five minutes.');
  const [call] = (await seen.until(done)).response.output;
  const output = 'The timer is set.';
  wire.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: call.call_id, output } });
  wire.send({ type: 'response.create' });
  const { response } = await seen.until(done);
  return { errors, name: call.name, arguments: JSON.parse(call.arguments), said: text_of(response) };
}

async function cancel() {
  const { wire, seen, errors } = await connected({});
  const created = seen.until(is('response.created'));
  ask(wire, 'What can you do?');
  await created;
  wire.send({ type: 'response.cancel' });
  const cancelled = (await seen.until(done)).response;
  ask(wire, 'What is 12 times 12?');
  const next = (await seen.until(done)).response;
  return { errors, cancelled: cancelled.status_details, next: next.status };
}

async function interruption() {
  const { wire, seen, errors } = await connected({});
  ask(wire, 'What can you do?');
  const { item_id } = await seen.until(is('response.output_audio.delta'));
  const started = seen.until(is('input_audio_buffer.speech_started'));
  const truncated = started.then(() => {
    wire.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 700 });
    return seen.until(is('conversation.item.truncated'));
  });
  const answered = truncated.then(() => seen.until(({ type, item }) => type === 'response.output_item.done' && item.id !== item_id));
  await speak(wire);
  const { item } = await answered;
  wire.send({ type: 'conversation.item.retrieve', item_id });
  const kept = (await seen.until(is('conversation.item.retrieved'))).item;
  return { errors, kept: kept.content[0].transcript, said: item.content[0].transcript };
}

async function transcription() {
  const session = { type: 'transcription', audio: { input: { transcription: { model: 'whisper-1' } } } };
  const { wire, seen, errors } = await connected(session, { intent: 'transcription' });
  const heard = seen.until(transcribed);
  await speak(wire);
  return { errors, heard: (await heard).transcript, types: seen.events.map(({ type }) => type) };
}

async function translation() {
  const wire = await OpenAIRealtimeTranslationWS.create(client, { model: 'gpt-realtime-translate' });
  const seen = new Seen();
  const errors = [];
  wire.on('event', (event) => seen.push(event));
  wire.on('error', (error) => errors.push(error.message));
  await seen.until(is('session.created'));
  wire.send({ type: 'session.update', session: { audio: { input: { transcription: { model: 'whisper-1' } }, output: { language: 'es' } } } });
  await say((frame) => wire.send({ type: 'session.input_audio_buffer.append', audio: frame.toString('base64') }));
  await wire.finish({ timeoutMs: 30_000 });
  const words = (kind) => seen.events.filter(is(kind)).map(({ delta }) => delta).join('');
  return {
    errors,
    heard: words('session.input_transcript.delta'),
    said: words('session.output_transcript.delta'),
    audio_bytes: bytes(seen.events.filter(is('session.output_audio.delta'))),
  };
}

/** A connection that breaks after one answer; the SDK dials again. */
async function broken(session) {
  const wire = new OpenAIRealtimeWS({ model: 'gpt-realtime', reconnect: true }, client);
  const seen = new Seen();
  const errors = [];
  wire.on('event', (event) => seen.push(event));
  wire.on('error', (error) => errors.push(error.message));
  await seen.until(is('session.created'));
  wire.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'], ...session } });
  const updated = (await seen.until(is('session.updated'))).session;
  ask(wire, 'What is 12 times 12?');
  const first = text_of((await seen.until(done)).response);
  const again = seen.until(is('session.created'));
  wire.socket.terminate();
  await again;
  return { wire, seen, errors, first, updated };
}

/** The application replays what was said. */
async function reconnect() {
  const { wire, seen, errors, first } = await broken({});
  wire.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  write(wire, 'What is 12 times 12?');
  write(wire, first, 'assistant');
  ask(wire, 'Say that again.');
  return { errors, first, said: text_of((await seen.until(done)).response) };
}

/** The server has kept the conversation. */
async function resume() {
  const { wire, seen, errors, first, updated } = await broken({ x: { resume: true } });
  wire.send({ type: 'session.update', session: { type: 'realtime', x: { resume: updated.x.resume } } });
  await seen.until(is('session.updated'));
  ask(wire, 'Say that again.');
  return { errors, first, said: text_of((await seen.until(done)).response) };
}

await play({ voice, manual, text, tool, cancel, interruption, transcription, translation, reconnect, resume });
