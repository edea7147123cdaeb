// Neither the language's own types nor Node's know these globals without those of the browser. What the sandbox uses.
declare namespace WebAssembly {
  class Module {
    /** Made by `compile`; can be handed to a worker. */
    private constructor();
    private readonly compiled: never;
  }
  class Memory {
    /** In pages of 64 KiB. */
    constructor(size: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
