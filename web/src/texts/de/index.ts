import type { Texts } from '../en';
import { common } from './common';
import { requests } from './requests';
import { types } from './types';

export const de: Texts = { ...common, requests, types };
