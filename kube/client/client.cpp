#include "kube/client/client.h"

#include <iterator>

namespace windlass::kube {
namespace {

constexpr int kPageSize = 500;

Status addPage(ListPage& all, ListPage page, const ResourceKind& kind, std::size_t maxItems) {
  if (all.items.size() + page.items.size() > maxItems)
    return fail(ErrorKind::TooLarge, "the list of " + kind.plural + " has more than " + std::to_string(maxItems) +
                                         " items; narrow it with a selector or a namespace");
  std::move(page.items.begin(), page.items.end(), std::back_inserter(all.items));
  all.resourceVersion = std::move(page.resourceVersion);
  all.continueToken = std::move(page.continueToken);
  return {};
}

}  // namespace

Status removeIfThere(Client& client, const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) {
  Status removed = client.remove(kind, key, options);
  if (!removed && removed.error().kind == ErrorKind::NotFound) return {};
  return removed;
}

// Source: client-go tools/pager: on page two and later the version and its match are cleared; a continue token that
// expired falls back to one full list.
Result<ListPage> listAll(Client& client, const ResourceKind& kind, ListOptions options, std::size_t maxItems) {
  // The watch cache ignores limits, and a limit would make the server go to etcd.
  const bool fromCache = !options.resourceVersion.empty();
  const ListOptions full = options;
  options.limit = fromCache ? 0 : kPageSize;
  ListPage all;
  for (;;) {
    Result<ListPage> page = client.list(kind, options);
    if (!page) {
      if (page.error().kind != ErrorKind::Expired || options.continueToken.empty()) return page;
      WINDLASS_TRY_ASSIGN(ListPage whole, client.list(kind, full));
      all = ListPage{};
      WINDLASS_TRY(addPage(all, std::move(whole), kind, maxItems));
      return all;
    }
    WINDLASS_TRY(addPage(all, std::move(*page), kind, maxItems));
    if (all.continueToken.empty()) return all;
    options.continueToken = all.continueToken;
    options.resourceVersion.clear();
    options.resourceVersionMatch.clear();
  }
}

}  // namespace windlass::kube
