#pragma once
// Own kinds as structs: a decode function and views on what is read. Everything stays one JSON value underneath, so
// fields a struct does not know are never lost by reading it.
//
//   struct GreetingSpec { std::string text; };
//   TypedView<GreetingSpec> specs(manager.informer(Greeting), decodeGreeting);
//   const auto greeting = specs.get(key);   // Result<optional<TypedObject<GreetingSpec>>>
//
// A decode function is strict: Invalid (never retried) that names the field. decodeField<T>("/spec") makes one from
// nlohmann's from_json.
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/object/meta.h"
#include "kube/runtime/informer.h"

namespace windlass::kube {

template <class T>
using DecodeFunction = std::function<Result<T>(const Json& object)>;

template <class T>
struct TypedObject {
  ObjectPtr raw;  // the whole object; never null
  T value;
};

// What stands at a JSON pointer, by nlohmann's from_json; its exceptions become Invalid.
template <class T>
DecodeFunction<T> decodeField(std::string pointer) {
  return [pointer = std::move(pointer)](const Json& object) -> Result<T> {
    const Json* value = find(object, pointer);
    const auto invalid = [&](const std::string& why) {
      return fail(ErrorKind::Invalid, kindOf(object) + " " + keyOf(object).toString() + ": " + pointer + ": " + why);
    };
    if (!value) return invalid("is missing");
    try {
      return value->template get<T>();
    } catch (const Json::exception& e) {
      return invalid(e.what());
    }
  };
}

template <class T>
Result<TypedObject<T>> typed(ObjectPtr object, const DecodeFunction<T>& decode) {
  WINDLASS_TRY_ASSIGN(T value, decode(*object));
  return TypedObject<T>{std::move(object), std::move(value)};
}

// A fresh read from the API server.
template <class T>
Result<TypedObject<T>> typedGet(Client& client, const ResourceKind& kind, const ObjectKey& key,
                                const DecodeFunction<T>& decode) {
  WINDLASS_TRY_ASSIGN(Json object, client.get(kind, key));
  return typed<T>(std::make_shared<const Json>(std::move(object)), decode);
}

// The store of an informer through a decode function. Thread-safe as the informer is, which must outlive it. Decodes at
// each call: a reconciler reads an object once.
template <class T>
class TypedView {
 public:
  TypedView(const Informer& informer, DecodeFunction<T> decode) : informer_(informer), decode_(std::move(decode)) {}

  // nullopt: there is no such object.
  Result<std::optional<TypedObject<T>>> get(const ObjectKey& key) const {
    ObjectPtr object = informer_.get(key);
    if (!object) return std::optional<TypedObject<T>>();
    WINDLASS_TRY_ASSIGN(TypedObject<T> found, typed<T>(std::move(object), decode_));
    return std::optional<TypedObject<T>>(std::move(found));
  }

  struct List {
    std::vector<TypedObject<T>> objects;
    std::vector<Error> errors;  // of those that do not decode: one broken object does not hide the others
  };
  List list() const { return decodeAll(informer_.list()); }
  List listNamespace(const std::string& ns) const { return decodeAll(informer_.listNamespace(ns)); }
  List byIndex(const std::string& index, const std::string& value) const {
    return decodeAll(informer_.byIndex(index, value));
  }

 private:
  List decodeAll(std::vector<ObjectPtr> objects) const {
    List list;
    for (ObjectPtr& object : objects) {
      auto found = typed<T>(std::move(object), decode_);
      if (found)
        list.objects.push_back(std::move(*found));
      else
        list.errors.push_back(std::move(found).error());
    }
    return list;
  }

  const Informer& informer_;
  DecodeFunction<T> decode_;
};

}  // namespace windlass::kube
