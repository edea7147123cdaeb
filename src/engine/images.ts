import type { Message, ToolImage, ToolResultBlock } from '../protocol/conversation.ts';

// What services take: beyond 20 images in a request each may measure 2,000 pixels a side at most instead of 8,000, and
// a request may have 32 MB in all. https://platform.claude.com/docs/en/build-with-claude/vision

/** In one conversation; more than that, and the old ones go. */
const MAX_IMAGES = 20;
const MAX_CHARS = 20_000_000;
/** Answers of one turn; three turns, which compaction leaves whole, stay below what a conversation may hold. */
const MAX_TURN_IMAGES = 6;
const MAX_TURN_CHARS = 6_000_000;

/** In characters, as much room as an image of 1,600 tokens takes. */
const IMAGE_CHARS = 6_400;

const LEFT_OUT = 'left out: too many or too large for one turn; read fewer at once';

/** Keeps the pictures of one turn's answers, which come one after the other, within what services take; where some are missing, the answer says so. */
export function imageCap(): (result: ToolResultBlock) => ToolResultBlock {
  let images = 0;
  let chars = 0;
  const fits = ({ data }: ToolImage): boolean => {
    if (images >= MAX_TURN_IMAGES || chars + data.length > MAX_TURN_CHARS) return false;
    images += 1;
    chars += data.length;
    return true;
  };
  return (result) => {
    if (result.images === undefined) return result;
    const kept = result.images.filter(fits);
    return kept.length === result.images.length ? result : withImages(result, kept, LEFT_OUT);
  };
}

/** With these pictures only; the text says how many are missing and why. */
export function withImages(result: ToolResultBlock, kept: readonly ToolImage[], why: string): ToolResultBlock {
  const { images = [], ...rest } = result;
  const lost = images.length - kept.length;
  const content = `${rest.content}\n[${lost} of ${images.length} images ${why}]`.trimStart();
  return { ...rest, content, ...(kept.length > 0 && { images: kept }) };
}

/** Looked at before each turn: no list is made for it. */
export function hasTooManyImages(messages: readonly Message[]): boolean {
  let images = 0;
  let chars = 0;
  for (const { content } of messages)
    for (const block of content)
      if (block.type === 'tool_result' && block.images !== undefined)
        for (const { data } of block.images) {
          images += 1;
          chars += data.length;
        }
  return images > MAX_IMAGES || chars > MAX_CHARS;
}

/** Looked for in whole conversations each turn, which mostly have none. */
export function imagesIn(messages: readonly Message[]): readonly ToolImage[] {
  const images: ToolImage[] = [];
  for (const { content } of messages)
    for (const block of content)
      if (block.type === 'tool_result' && block.images !== undefined) images.push(...block.images);
  return images;
}

/** The room that a result takes in a conversation. */
export function resultChars({ content, images = [] }: ToolResultBlock): number {
  return content.length + images.length * IMAGE_CHARS;
}
