/* React Query as the screens use it. A query's key is its path cut at the slashes, so that one change of a thing
   ("requests") reaches everything that was read below it; live.ts relies on that. */
import {
  keepPreviousData,
  QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { type ApiProblem, afterOf, api, type Query } from './client';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (n, e) => n < 2 && ['network', 'busy', 'server'].includes((e as ApiProblem).kind),
    },
    mutations: { retry: false },
  },
});

export function keyOf(path: string, query?: Query): unknown[] {
  const parts: unknown[] = path.split('/').filter(Boolean);
  return query && Object.keys(query).length ? [...parts, query] : parts;
}
/** marks everything read below these paths as stale and reads again what is on the screen */
export function refresh(...paths: string[]): Promise<unknown> {
  return Promise.all(paths.map((p) => queryClient.invalidateQueries({ queryKey: keyOf(p) })));
}

interface GetOptions {
  query?: Query;
  enabled?: boolean;
  /** keep the last answer while another query is read (lists with filters) */
  keep?: boolean;
  staleTime?: number;
  /** read again so often, in ms (what no live event tells of) */
  every?: number | false;
}
export function useGet<T>(path: string, o: GetOptions = {}): UseQueryResult<T, ApiProblem> {
  return useQuery<T, ApiProblem>({
    queryKey: keyOf(path, o.query),
    queryFn: ({ signal }) => api.get<T>(path, o.query, signal),
    enabled: o.enabled ?? true,
    placeholderData: o.keep ? keepPreviousData : undefined,
    refetchInterval: o.every ?? false,
    ...(o.staleTime === undefined ? {} : { staleTime: o.staleTime }),
  });
}

export interface ListResult<T> {
  rows: T[];
  isPending: boolean;
  error: ApiProblem | null;
  hasMore: boolean;
  isLoadingMore: boolean;
  more: () => void;
  retry: () => void;
  isFetching: boolean;
}
/** a list that grows page by page; native and compatible endpoints alike */
export function useList<T>(path: string, o: GetOptions & { limit?: number } = {}): ListResult<T> {
  const q = useInfiniteQuery({
    queryKey: [...keyOf(path, o.query), 'pages', o.limit ?? 50],
    queryFn: ({ pageParam, signal }) => api.page<T>(path, { ...o.query, limit: o.limit ?? 50, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => afterOf(last.next),
    enabled: o.enabled ?? true,
    placeholderData: o.keep ? keepPreviousData : undefined,
    refetchInterval: o.every ?? false,
  });
  const rows = useMemo(() => q.data?.pages.flatMap((p) => p.data) ?? [], [q.data]);
  return {
    rows,
    isPending: q.isPending && (o.enabled ?? true),
    error: q.error as ApiProblem | null,
    hasMore: q.hasNextPage,
    isLoadingMore: q.isFetchingNextPage,
    more: () => void (q.hasNextPage && !q.isFetchingNextPage && q.fetchNextPage()),
    retry: () => void q.refetch(),
    isFetching: q.isFetching,
  };
}

/** a write; afterwards the named paths are read again before the promise resolves, so a screen never shows a guess */
export function useSend<In, Out = unknown>(
  run: (input: In) => Promise<Out>,
  touches: string[] = [],
): UseMutationResult<Out, ApiProblem, In> {
  const client = useQueryClient();
  return useMutation<Out, ApiProblem, In>({
    mutationFn: run,
    onSettled: () => Promise.all(touches.map((p) => client.invalidateQueries({ queryKey: keyOf(p) }))),
  });
}
