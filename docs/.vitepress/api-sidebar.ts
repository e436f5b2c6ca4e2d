export function apiSidebar() {
  return [];
}
