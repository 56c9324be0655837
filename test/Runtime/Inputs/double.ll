; destination[i] = source[i] + source[i] for i < count, in blocks of 256.
define amdgpu_kernel void @double(ptr addrspace(1) %destination,
                                  ptr addrspace(1) %source, i64 %count) #0 {
  %block = call i32 @llvm.amdgcn.workgroup.id.x()
  %thread = call i32 @llvm.amdgcn.workitem.id.x()
  %first = mul i32 %block, 256
  %index32 = add i32 %first, %thread
  %index = zext i32 %index32 to i64
  %inside = icmp ult i64 %index, %count
  br i1 %inside, label %do, label %done
do:
  %from = getelementptr float, ptr addrspace(1) %source, i64 %index
  %x = load float, ptr addrspace(1) %from
  %y = fadd float %x, %x
  %to = getelementptr float, ptr addrspace(1) %destination, i64 %index
  store float %y, ptr addrspace(1) %to
  br label %done
done:
  ret void
}
declare i32 @llvm.amdgcn.workgroup.id.x()
declare i32 @llvm.amdgcn.workitem.id.x()
attributes #0 = { "amdgpu-flat-work-group-size"="1,256" "uniform-work-group-size"="true" }
