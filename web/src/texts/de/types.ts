import type { types as english } from '../en/types';

export const types: typeof english = {};
