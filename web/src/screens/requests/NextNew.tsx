/* /next/new?q=<text>&request_type=<id>: the link that other systems hand out. It leads to the form with the subject
   filled in, or to the catalogue searched by the text. */
import { useEffect } from 'react';
import { paths } from '../../app/paths';
import { navigate, useHere } from '../../app/router';
import { Skeleton } from '../../ui/Page';

export default function NextNew() {
  const { search } = useHere();
  const type = search.get('request_type');
  const q = search.get('q') ?? '';
  useEffect(() => {
    navigate(type ? paths.form(type) + (q ? `?subject=${encodeURIComponent(q)}` : '') : paths.catalogue(q || undefined), { replace: true });
  }, [type, q]);
  return <Skeleton />;
}
