// The official SDK for JavaScript: `openai.mjs URL SCENE PCM`.

import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';

import { Seen, play, say, url } from './talk.mjs';

const TOOL = {
  type: 'function', name: 'set_timer', description: 'Set a timer.',
  parameters: { type: 'object', properties: { minutes: { type: 'number' } } },
};

async function connected(session) {
  const wire = new OpenAIRealtimeWS({ model: 'gpt-realtime' }, new OpenAI({ baseURL: url }));
  const seen = new Seen();
  const errors = [];
  wire.on('event', (event) => seen.push(event));
  wire.on('error', (error) => errors.push(error.message));
  await seen.until(({ type }) => type === 'session.created');
  wire.send({ type: 'session.update', session: { type: 'realtime', ...session } });
  await seen.until(({ type }) => type === 'session.updated');
  return { wire, seen, errors };
}

function ask(wire, text) {
  wire.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
  wire.send({ type: 'response.create' });
}

const done = ({ type }) => type === 'response.done';

async function voice() {
  const { wire, seen, errors } = await connected({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  const heard = seen.until(({ type }) => type === 'conversation.item.input_audio_transcription.completed');
  const replied = seen.until(done);
  await say((frame) => wire.send({ type: 'input_audio_buffer.append', audio: frame.toString('base64') }));
  const sound = seen.events.filter(({ type }) => type === 'response.output_audio.delta');
  return {
    errors,
    heard: (await heard).transcript,
    said: (await replied).response.output[0].content[0].transcript,
    audio_bytes: sound.reduce((sum, { delta }) => sum + Buffer.from(delta, 'base64').length, 0),
  };
}

async function text() {
  const { wire, seen, errors } = await connected({ output_modalities: ['text'] });
  ask(wire, 'What is 12 times 12?');
  const { response } = await seen.until(done);
  return { errors, said: response.output[0].content[0].text, types: seen.events.map(({ type }) => type) };
}

async function tool() {
  const { wire, seen, errors } = await connected({ output_modalities: ['text'], tools: [TOOL] });
  ask(wire, 'Set a timer for five minutes.');
  const [call] = (await seen.until(done)).response.output;
  const output = 'The timer is set.';
  wire.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: call.call_id, output } });
  wire.send({ type: 'response.create' });
  const { response } = await seen.until(done);
  return { errors, name: call.name, arguments: JSON.parse(call.arguments), said: response.output[0].content[0].text };
}

async function cancel() {
  const { wire, seen, errors } = await connected({});
  const created = seen.until(({ type }) => type === 'response.created');
  ask(wire, 'What can you do?');
  await created;
  wire.send({ type: 'response.cancel' });
  const cancelled = (await seen.until(done)).response;
  ask(wire, 'What is 12 times 12?');
  const next = (await seen.until(done)).response;
  return { errors, cancelled: cancelled.status_details, next: next.status };
}

await play({ voice, text, tool, cancel });
