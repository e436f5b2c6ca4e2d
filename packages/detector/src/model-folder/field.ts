import type { JsonField } from '@mint/backbone';
import { MintError, printable, shown } from '@mint/internal';

/** A small reader of unknown JSON: names the path of whatever is wrong and remembers which fields it was asked for. */
export class Field implements JsonField {
  readonly #file: string;
  readonly #path: string;
  readonly #children = new Map<string, Field>();
  readonly value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.value = value;
  }

  fail(expected: string): never {
    throw new MintError('CORRUPT_FILE', `${this.#where()} must be ${expected}, got ${shown(this.value)}.`);
  }

  #where(): string {
    return `${this.#file}: '${printable(this.#path, 200)}'`;
  }

  /**
   * Refuses the first field that was not asked for: a later version may have added it, and a model read without it would
   * give different scores.
   */
  refuseOthers(): void {
    if (this.#children.size === 0) return;
    for (const key of Object.keys(this.#object())) {
      if (this.#children.has(key)) continue;
      throw new MintError(
        'UNSUPPORTED_VERSION',
        `${this.#file}: '${printable(`${this.#path}.${key}`, 200)}' is not known to this version of @mint/detector. ` +
          'If a newer one wrote the file, update (npm i @mint/detector@latest); if it was edited, take the field out.',
      );
    }
    for (const child of this.#children.values()) child.refuseOthers();
  }

  #object(): Record<string, unknown> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object');
    return value as Record<string, unknown>;
  }

  entries(): [string, Field][] {
    return Object.keys(this.#object()).map((key) => [key, this.get(key)]);
  }

  record<T>(read: (field: Field) => T): Record<string, T> {
    return Object.fromEntries(this.entries().map(([key, item]) => [key, read(item)]));
  }

  get(key: string): Field {
    const object = this.#object();
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    const child = new Field(this.#file, `${this.#path}.${key}`, value);
    this.#children.set(key, child);
    return child;
  }

  optional<T>(read: (field: this) => T): T | undefined {
    return this.value === undefined ? undefined : read(this);
  }

  /**
   * Checks that values read one by one fit together.
   *
   * @param assert - Throws a MintError if not; `who` is how its message begins.
   */
  fits(assert: (who: string) => void): void {
    try {
      assert(this.#where());
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
      throw new MintError('CORRUPT_FILE', error.message, { cause: error });
    }
  }

  list(maxLength: number): Field[] {
    if (!Array.isArray(this.value)) return this.fail('a list');
    if (this.value.length > maxLength) return this.fail(`a list of at most ${maxLength} items`);
    return this.value.map((item, i) => new Field(this.#file, `${this.#path}[${i}]`, item));
  }

  /** A list of finite numbers, which may be long. */
  numbers(maxLength: number): number[] {
    if (!Array.isArray(this.value) || this.value.length > maxLength)
      return this.fail(`a list of at most ${maxLength} numbers`);
    return this.value.map((item) =>
      Number.isFinite(item) ? Number(item) : this.fail('finite numbers only'),
    );
  }

  pair<T>(read: (field: Field) => T): readonly [T, T] {
    const [a, b, ...rest] = this.list(2);
    return a !== undefined && b !== undefined && rest.length === 0 ? [read(a), read(b)] : this.fail('a pair');
  }

  number(): number {
    return typeof this.value === 'number' && Number.isFinite(this.value)
      ? this.value
      : this.fail('a finite number');
  }

  int(min: number, max: number): number {
    const value = this.number();
    return Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.fail(`an integer from ${min} to ${max}`);
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('text');
  }

  flag(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }

  oneOf<T extends string>(...allowed: readonly T[]): T {
    return allowed.find((option) => option === this.value) ?? this.fail(`one of ${allowed.join(', ')}`);
  }
}
